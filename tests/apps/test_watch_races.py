"""Writes to a viewer's library of which another one changes the ground, by a held lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import transaction

from apps.favorites.models import NotInterested, Taste, WatchEntry, WatchlistEntry
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.films import make_person
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.factories import make_genre, make_watch_entry

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/v1/"
HISTORY = f"{API}watch-history/"
MAY = "2026-05-01T20:15:00Z"


def at_once(viewer: User, calls: list[Callable[[], Any]]) -> list[Any]:
    """What the calls answer if all of them look up before any of them writes."""
    Taste.objects.get_or_create(user=viewer)
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        with transaction.atomic():
            Taste.objects.select_for_update().get(user=viewer)
            answers = [in_thread(pool, call) for call in calls]
            wait_until_blocked(len(calls))
        return [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]


def posts(viewer: User, path: str, body: dict[str, Any]) -> Callable[[], Any]:
    return lambda: client_of(viewer).post(f"{API}{path}/", body)


def test_parallel_reports_of_one_moment_are_one_viewing(viewer: User, movie: Movie) -> None:
    body = {"movie_id": movie.pk, "watched_at": MAY}

    responses = at_once(viewer, [posts(viewer, "watch-history", body)] * 8)

    assert sorted(response.status_code for response in responses) == [200] * 7 + [201]
    assert sorted(r.json()["taste_revision"] for r in responses) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert WatchEntry.objects.count() == 1


def test_of_parallel_moves_onto_one_moment_one_wins(viewer: User, movie: Movie) -> None:
    entries = [make_watch_entry(user=viewer, movie=movie) for _ in range(4)]

    def move(entry: WatchEntry) -> Callable[[], Any]:
        url = f"{HISTORY}{entry.pk}/"
        return lambda: client_of(viewer).patch(url, {"watched_at": MAY})

    responses = at_once(viewer, [move(entry) for entry in entries])

    assert sorted(response.status_code for response in responses) == [200, 409, 409, 409]
    assert WatchEntry.objects.exclude(watched_at=None).count() == 1
    assert Taste.objects.get().revision == 1


@pytest.mark.parametrize("path", ["watchlist", "not-interested"])
def test_parallel_writes_about_one_film_are_one_row(viewer: User, movie: Movie, path: str) -> None:
    responses = at_once(viewer, [posts(viewer, path, {"movie_id": movie.pk})] * 4)

    assert sorted(response.status_code for response in responses) == [200, 200, 200, 201]
    assert len({response.json()["id"] for response in responses}) == 1
    assert WatchlistEntry.objects.count() + NotInterested.objects.count() == 1
    assert Taste.objects.get().revision == 4


@pytest.mark.parametrize("path", ["watch-history", "watchlist", "not-interested"])
def test_a_row_deleted_twice_at_once_is_deleted_once(viewer: User, movie: Movie, path: str) -> None:
    row_id = posts(viewer, path, {"movie_id": movie.pk})().json()["id"]
    url = f"{API}{path}/{row_id}/"

    responses = at_once(viewer, [lambda: client_of(viewer).delete(url)] * 2)

    assert sorted(response.status_code for response in responses) == [200, 404]
    assert Taste.objects.get().revision == 2


def gone_meanwhile(viewer: User, path: str, body: dict[str, Any], row: Any) -> Any:
    """What a write answers if the row that it names goes after its look-up."""
    Taste.objects.get_or_create(user=viewer)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            Taste.objects.select_for_update().get(user=viewer)
            answer = in_thread(pool, posts(viewer, path, body))
            wait_until_blocked()
            row.delete()
        return answer.result(timeout=BLOCKED_WITHIN_S)


@pytest.mark.parametrize("path", ["watch-history", "watchlist", "not-interested"])
def test_a_film_that_goes_during_a_write_is_not_found(
    viewer: User, movie: Movie, path: str
) -> None:
    response = gone_meanwhile(viewer, path, {"movie_id": movie.pk}, movie)

    refused(response, 404, "movie_not_found")
    nothing_is_kept()


def nothing_is_kept() -> None:
    for model in (WatchEntry, WatchlistEntry, NotInterested):
        assert not model.objects.exists()
    assert Taste.objects.get().revision == 0


def test_a_person_or_a_genre_that_goes_during_a_write_is_not_found(viewer: User) -> None:
    person, genre = make_person(), make_genre("Drama")

    of_person = gone_meanwhile(viewer, "not-interested", {"person_id": person.pk}, person)
    of_genre = gone_meanwhile(viewer, "not-interested", {"genre_id": genre.pk}, genre)

    refused(of_person, 404, "person_not_found")
    refused(of_genre, 404, "not_found")
    nothing_is_kept()
