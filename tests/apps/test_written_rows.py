"""What a write answers of its row is what the list shows of it."""

from datetime import date
from typing import Any

import pytest
from django.db.models import F

from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> User:
    return make_user()


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("ratings", {"score": 9}),
        ("favorites", {}),
        ("watchlist", {}),
        ("watch-history", {"watched_at": "2026-11-22T15:30:00Z"}),
        ("not-interested", {}),
    ],
)
@pytest.mark.parametrize("name", ["movie_id", "tmdb_id"])
def test_a_write_answers_what_the_list_shows(
    viewer: User, path: str, more: dict[str, Any], name: str
) -> None:
    film = make_movie(
        genres=("Drama", "Comedy", "Action"),
        release_date=date(1999, 3, 31),
        poster_path="/poster.jpg",
        vote_average=8.2,
    )
    named = Movie.genres.through.objects.filter(movie=film).order_by("pk")
    genre_ids = list(named.values_list("genre_id", flat=True))
    # The table does not hold them in this order any more.
    named.filter(genre_id=genre_ids[0]).update(genre_id=F("genre_id"))
    client, address = client_of(viewer), f"/api/v1/{path}/"
    body = {name: film.pk if name == "movie_id" else film.tmdb_id} | more

    for status in (201, 200):
        answer = client.post(address, body, format="json")
        written = answer.json()
        del written["taste_revision"]
        written.pop("is_recorded", None)

        assert answer.status_code == status
        (listed,) = client.get(address).json()["results"]
        assert list(written.items()) == list(listed.items())
        assert [genre["id"] for genre in listed["movie"]["genres"]] == genre_ids


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 2**70])
@pytest.mark.parametrize("name", ["movie_id", "tmdb_id"])
def test_a_film_that_cannot_be_is_not_found(viewer: User, name: str, number: int) -> None:
    answer = client_of(viewer).post("/api/v1/ratings/", {name: number, "score": 9}, format="json")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "movie_not_found")
