"""Titles for adults, and those that TMDb removed, are recommended to nobody."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.models import Movie
from apps.users.models import User
from tests.factories import make_generation, make_list, make_movie

pytestmark = pytest.mark.django_db


def recommended(client: APIClient) -> list[str]:
    results = client.get("/api/v1/recommendations/").json()["results"]
    return [result["movie"]["title"] for result in results]


@pytest.fixture
def films(db: None) -> list[Movie]:
    return [
        make_movie(title="Shown"),
        make_movie(title="Adult", adult=True, vote_count=9),
        make_movie(title="Removed", tombstoned_at=timezone.now(), vote_count=9),
    ]


def test_a_list_that_holds_them_passes_them_over(
    viewer: User, viewer_client: APIClient, films: list[Movie]
) -> None:
    make_list(user=viewer, generation=make_generation(active=True), movies=films)

    assert recommended(viewer_client) == ["Shown"]


def test_popular_films_of_a_generation_are_shown_without_them(
    viewer_client: APIClient, films: list[Movie]
) -> None:
    make_generation(active=True, popular_movie_ids=[film.pk for film in films])

    assert recommended(viewer_client) == ["Shown"]


def test_the_catalogues_popular_films_are_shown_without_them(
    viewer_client: APIClient, films: list[Movie]
) -> None:
    assert recommended(viewer_client) == ["Shown"]
