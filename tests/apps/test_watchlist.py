import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from apps.favorites.models import Taste, WatchlistEntry
from apps.favorites.signals import watchlist_added, watchlist_removed
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import everything_written, listening, refused
from tests.factories import make_movie, make_watch_entry, make_watchlist_entry

pytestmark = pytest.mark.django_db

WATCHLIST = "/api/v1/watchlist/"


def test_a_film_is_put_on_the_watchlist(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    response = viewer_client.post(WATCHLIST, {"movie_id": movie.pk})

    entry = WatchlistEntry.objects.get()
    assert (entry.user, entry.movie) == (viewer, movie)
    assert response.status_code == 201
    body = response.json()
    assert body.keys() == {"id", "movie", "created_at", "taste_revision"}
    assert (body["id"], body["taste_revision"]) == (entry.pk, 1)
    assert body["movie"]["me"] == {
        "favorite": False,
        "rating": None,
        "watched": False,
        "watchlisted": True,
        "hidden": False,
    }
    assert [body["movie"]] == viewer_client.get("/api/v1/movies/").json()["results"]


def test_a_film_that_is_on_the_watchlist_already_stays_one_row(
    viewer_client: APIClient, movie: Movie
) -> None:
    first = viewer_client.post(WATCHLIST, {"movie_id": movie.pk}).json()

    response = viewer_client.post(WATCHLIST, {"tmdb_id": movie.tmdb_id})

    assert response.status_code == 200
    assert response.json() == first | {"taste_revision": 2}
    assert Taste.objects.get().revision == 2
    assert WatchlistEntry.objects.count() == 1


def test_a_film_is_taken_off_once(viewer_client: APIClient, movie: Movie) -> None:
    url = f"{WATCHLIST}{viewer_client.post(WATCHLIST, {'movie_id': movie.pk}).json()['id']}/"

    response = viewer_client.delete(url)
    again = viewer_client.delete(url)

    assert (response.status_code, response.json()) == (200, {"taste_revision": 2})
    refused(again, 404, "not_found")
    assert not WatchlistEntry.objects.exists()
    assert Taste.objects.get().revision == 2


def test_watching_a_film_leaves_it_on_the_watchlist(viewer_client: APIClient, movie: Movie) -> None:
    viewer_client.post(WATCHLIST, {"movie_id": movie.pk})

    body = viewer_client.post("/api/v1/watch-history/", {"movie_id": movie.pk}).json()

    assert (body["movie"]["me"]["watched"], body["movie"]["me"]["watchlisted"]) == (True, True)
    assert WatchlistEntry.objects.count() == 1


def test_the_watchlist_is_listed_newest_first(viewer: User, viewer_client: APIClient) -> None:
    entries = [make_watchlist_entry(user=viewer, movie=make_movie()) for _ in range(3)]

    results = viewer_client.get(WATCHLIST).json()["results"]

    assert [entry["id"] for entry in results] == [entry.pk for entry in entries[::-1]]
    assert results[0].keys() == {"id", "movie", "created_at"}
    assert [entry["movie"]["me"]["watchlisted"] for entry in results] == [True] * 3


def test_the_watchlist_is_filtered(viewer: User, viewer_client: APIClient) -> None:
    old, new = (make_movie(year=year, title=f"Film of {year}") for year in (1960, 2020))
    entries = {film: make_watchlist_entry(user=viewer, movie=film).pk for film in (old, new)}
    make_watch_entry(user=viewer, movie=old)

    def ids(query: str) -> list[int]:
        listed = viewer_client.get(f"{WATCHLIST}?{query}").json()["results"]
        return [entry["id"] for entry in listed]

    assert ids("watched=true") == [entries[old]]
    assert ids("watched=false") == [entries[new]]
    assert ids("year=2020") == [entries[new]]
    assert ids("q=1960") == [entries[old]]
    assert ids("ordering=year") == [entries[old], entries[new]]
    refused(viewer_client.get(f"{WATCHLIST}?finished=true"), 400, "unknown_parameter")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"movie_id": "7"}, 400, "invalid"),
        ({"movie_id": True}, 400, "invalid"),
        ({"tmdb_id": None}, 400, "invalid"),
        ({"movie_id": 1, "tmdb_id": 1}, 400, "invalid"),
        ({"movie_id": 1, "user": 1}, 400, "unknown_field"),
        ({"movie_id": "\x00"}, 400, "invalid"),
        ({"movie_id": 0}, 404, "movie_not_found"),
        ({"movie_id": 10**400}, 404, "movie_not_found"),
        ({"tmdb_id": -1}, 404, "movie_not_found"),
    ],
)
def test_a_refused_addition_changes_nothing(
    viewer_client: APIClient, body: dict[str, object], status: int, code: str
) -> None:
    before = everything_written()

    refused(viewer_client.post(WATCHLIST, body), status, code)
    assert everything_written() == before


@pytest.mark.parametrize("unknown", [0, 2**31, 2**63, 10**400])
def test_an_unknown_entry_is_not_found(viewer_client: APIClient, unknown: int) -> None:
    before = everything_written()

    refused(viewer_client.delete(f"{WATCHLIST}{unknown}/"), 404, "not_found")
    assert everything_written() == before


def test_each_write_is_announced_after_its_commit_and_no_refused_one(
    viewer: User,
    viewer_client: APIClient,
    movie: Movie,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with (
        listening(watchlist_added, watchlist_removed) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        entry_id = viewer_client.post(WATCHLIST, {"movie_id": movie.pk}).json()["id"]
        viewer_client.post(WATCHLIST, {"movie_id": 0})
        viewer_client.delete(f"{WATCHLIST}{entry_id}/")
        viewer_client.delete(f"{WATCHLIST}{entry_id}/")
        assert announced == []

    ids = {"user_id": viewer.pk, "movie_id": movie.pk}
    assert announced == [
        (watchlist_added, ids | {"revision": 1}),
        (watchlist_removed, ids | {"revision": 2}),
    ]
