"""A reason names only films that the viewer likes now."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.core.movie_states import MovieState
from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie
from apps.users.models import User
from tests.factories import (
    count_write,
    make_favorite,
    make_generation,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/?limit=1"


@pytest.fixture
def rated(viewer: User) -> Movie:
    movie = make_movie(title="Alien")
    make_rating(user=viewer, movie=movie, score=9)
    return movie


@pytest.fixture
def favorite(viewer: User) -> Movie:
    movie = make_movie(title="Brazil")
    make_favorite(user=viewer, movie=movie)
    return movie


@pytest.fixture(autouse=True)
def _stored(viewer: User, rated: Movie, favorite: Movie) -> None:
    make_list(
        user=viewer,
        generation=make_generation(active=True),
        movies=[make_movie()],
        because=[[(rated, 600), (favorite, 400)]],
    )


def reason(client: APIClient) -> tuple[str, list[str]]:
    (result,) = client.get(URL).json()["results"]
    found: dict[str, Any] = result["reason"]
    return found["text"], [film["title"] for film in found["because"]]


def test_at_first_it_names_both(viewer_client: APIClient) -> None:
    assert reason(viewer_client) == ("Because you liked Alien and Brazil", ["Alien", "Brazil"])


def test_what_was_hidden_since_is_named_no_more(
    viewer: User, viewer_client: APIClient, rated: Movie, favorite: Movie
) -> None:
    make_not_interested(user=viewer, movie=rated)
    assert reason(viewer_client) == ("Because you liked Brazil", ["Brazil"])

    make_not_interested(user=viewer, movie=favorite)
    assert reason(viewer_client) == ("Picked for you", [])


@pytest.mark.parametrize("score", [1, 6])
def test_what_was_rated_low_since_is_named_no_more_unless_it_is_a_favourite(
    viewer: User, viewer_client: APIClient, favorite: Movie, score: int
) -> None:
    make_rating(user=viewer, movie=favorite, score=score)
    Rating.objects.exclude(movie=favorite).update(score=score)
    count_write(viewer)

    assert reason(viewer_client) == ("Because you liked Brazil", ["Brazil"])


def test_a_like_that_was_taken_back_is_named_no_more(
    viewer: User, viewer_client: APIClient, rated: Movie
) -> None:
    count_write(viewer)
    Favorite.objects.all().delete()
    Rating.objects.filter(movie=rated).update(score=7)
    assert reason(viewer_client) == ("Because you liked Alien", ["Alien"])

    Rating.objects.all().delete()
    assert reason(viewer_client) == ("Picked for you", [])


def test_what_others_think_changes_no_reason(viewer_client: APIClient, rated: Movie) -> None:
    stranger = make_user()
    make_not_interested(user=stranger, movie=rated)
    make_rating(user=stranger, movie=rated, score=1)

    assert reason(viewer_client)[1] == ["Alien", "Brazil"]


@pytest.mark.parametrize(
    ("state", "is_liked"),
    [
        (MovieState(), False),
        (MovieState(watched=True, watchlisted=True), False),
        (MovieState(rating=6), False),
        (MovieState(rating=7), True),
        (MovieState(favorite=True, rating=1), True),
        (MovieState(favorite=True, rating=10, hidden=True), False),
    ],
)
def test_which_films_are_liked(state: MovieState, *, is_liked: bool) -> None:
    assert state.is_liked is is_liked
