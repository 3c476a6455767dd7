"""Writes of one viewer at the same time: one row of each, every write counted, no deadlock."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.favorites.models import Favorite, Rating, Taste
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of
from tests.apps.films import make_person
from tests.apps.locks import in_thread
from tests.factories import make_genre, make_movie, make_user
from tests.mixed_writes import Mixture, Subjects, Tally

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8
VIEWERS = 4
WITHIN_S = 600
KINDS = {
    *("favorites/", "ratings/", "watch-history/", "watchlist/", "not-interested/"),
    *("delete favorites/", "delete ratings/", "delete watch-history/", "delete watchlist/"),
    *("delete not-interested/", "change ratings/", "change watch-history/", "library/bulk/"),
    *("put rating of a film", "delete rating of a film"),
}


def at_once(viewer: User, path: str, bodies: Sequence[dict[str, Any]]) -> list[Any]:
    """The responses to POSTs of these bodies, each sent by a thread of its own."""
    start = Barrier(len(bodies))
    clients = [client_of(viewer) for _ in bodies]

    def post(client: APIClient, body: dict[str, Any]) -> Any:
        start.wait()
        return client.post(f"/api/v1/{path}", body)

    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = [
            in_thread(pool, lambda client=client, body=body: post(client, body))
            for client, body in zip(clients, bodies, strict=True)
        ]
        return [answer.result(WITHIN_S) for answer in answers]


def test_fifty_parallel_posts_of_one_favourite_are_one_row(viewer: User, movie: Movie) -> None:
    responses = at_once(viewer, "favorites/", [{"movie_id": movie.pk}] * 50)

    assert Counter(r.status_code for r in responses) == {201: 1, 200: 49}
    assert len({r.json()["id"] for r in responses}) == 1
    assert sorted(r.json()["taste_revision"] for r in responses) == list(range(1, 51))
    assert Favorite.objects.count() == 1
    assert Taste.objects.get().revision == 50


def test_parallel_ratings_of_one_film_end_in_the_last_of_them(viewer: User, movie: Movie) -> None:
    bodies = [{"movie_id": movie.pk, "score": score} for score in range(1, 11)] * 2

    responses = at_once(viewer, "ratings/", bodies)

    assert Counter(r.status_code for r in responses) == {201: 1, 200: 19}
    answers = {r.json()["taste_revision"]: r.json()["score"] for r in responses}
    assert sorted(answers) == list(range(1, 21))
    assert Rating.objects.get().score == answers[20]
    assert Taste.objects.get().revision == 20


def test_mixed_parallel_writes_all_count_and_never_deadlock() -> None:
    assert_consistent(storm(writes=600))


@pytest.mark.faults
@pytest.mark.timeout(WITHIN_S)
def test_ten_thousand_mixed_parallel_writes_all_count_and_never_deadlock() -> None:
    assert_consistent(storm(writes=10_000))


def assert_consistent(tallies: dict[User, Tally]) -> None:
    accepted = sum((tally.accepted for tally in tallies.values()), Counter[str]())
    assert set(accepted) == KINDS
    for viewer, tally in tallies.items():
        assert tally.unexpected == []
        count = len(tally.revisions)
        assert sorted(tally.revisions) == list(range(1, count + 1))
        assert Taste.objects.get(user=viewer).revision == count


def storm(*, writes: int) -> dict[User, Tally]:
    """Mixed writes by threads, each as every viewer in turns; no deadlock meanwhile."""
    viewers = [make_user() for _ in range(VIEWERS)]
    genres = [make_genre(name) for name in ("Action", "Drama", "Horror")]
    subjects = Subjects(
        movie_ids=[make_movie().pk for _ in range(30)],
        person_ids=[make_person().pk for _ in range(5)],
        genre_ids=[genre.pk for genre in genres],
    )
    tallies = {viewer: Tally() for viewer in viewers}
    before = deadlocks()
    with ThreadPoolExecutor(THREADS) as pool:
        running = [
            in_thread(pool, lambda seed=seed: write_on(subjects, tallies, seed, writes // THREADS))
            for seed in range(THREADS)
        ]
        for each in running:
            each.result(WITHIN_S)
    assert deadlocks() == before
    return tallies


def write_on(
    subjects: Subjects,
    tallies: dict[User, Tally],
    seed: int,
    writes: int,
) -> None:
    rng = random.Random(seed)
    clients = {viewer: client_of(viewer) for viewer in tallies}
    mixtures = {viewer: Mixture(subjects, rng, tally) for viewer, tally in tallies.items()}
    for _ in range(writes):
        viewer = rng.choice(list(tallies))
        write = mixtures[viewer].draw()
        response = clients[viewer].generic(
            write.method,
            f"/api/v1/{write.path}",
            json.dumps(write.body) if write.body else "",
            content_type="application/json",
            headers=write.headers,
        )
        tallies[viewer].take(write, response.status_code, response.json())


def deadlocks() -> int:
    """As counted by the server; sessions that have ended have told it theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        count: int = cursor.fetchone()[0]
    return count
