"""Where the time of a bulk request goes, and that of the ordinary way for the same body.

Both read the JSON, check it, write, and render what became of each row; the ordinary way cannot
tell rows that were there from new ones, and says of all the same.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.renderers import JSONRenderer

from apps.favorites import actions
from apps.favorites.actions import bulk, bulk_sql
from apps.favorites.actions.bulk_events import Became, Outcome, counting
from apps.favorites.models import Rating
from apps.favorites.serializers.bulk import RatingEventInput, read_events, result_data
from apps.movies.models import Movie
from apps.users.models import User
from tests.benchmarks.bulk.bodies import body

Timings = dict[str, list[float]]


class Clock:
    def __init__(self) -> None:
        self.ms: Timings = defaultdict(list)

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.ms[name].append((time.perf_counter() - began) * 1000)


Write = Callable[[Clock, str, User, bytes], None]


def time_bulk(user: User, movie_ids: Sequence[int], *, rounds: int) -> Timings:
    return _time("bulk", _bulk, user, movie_ids, rounds=rounds)


def time_ordinary_way(user: User, movie_ids: Sequence[int], *, rounds: int) -> Timings:
    return _time("ordinary", _ordinary, user, movie_ids, rounds=rounds)


def _time(way: str, write: Write, user: User, movie_ids: Sequence[int], *, rounds: int) -> Timings:
    clock = Clock()
    for _ in range(rounds):
        empty(user)
        for became, later in (("created", 0), ("unchanged", 0), ("changed", 1)):
            name = f"{way} {became}"
            data = body(movie_ids, later=later, on_error="skip")
            with clock.timing(name):
                write(clock, name, user, data)
    return clock.ms


def _bulk(clock: Clock, name: str, user: User, data: bytes) -> None:
    """What the view and the action do, step by step; the checks that a commit makes, before it."""
    at = timezone.now()
    with clock.timing(f"{name}: JSON"):
        rows = json.loads(data)["events"]
    with clock.timing(f"{name}: validation"):
        told, refusals = read_events(rows)
    commit = Commit(clock, f"{name}: commit")
    with commit, transaction.atomic():
        with clock.timing(f"{name}: lock and count"):
            revision = actions.bump_taste(user_id=user.pk, at=at)
        with clock.timing(f"{name}: films"):
            subjects = bulk._find_subjects(told)  # noqa: SLF001  # a step of the action
        with clock.timing(f"{name}: which count"):
            keyed = [*counting(bulk._keyed(told, subjects), at=at).items()]  # noqa: SLF001
            statement = bulk_sql.statement_for(keyed[0][0])
        with clock.timing(f"{name}: statement"):
            became = bulk_sql.save(statement, keyed, user_id=user.pk, at=at)
        with clock.timing(f"{name}: foreign keys"), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        commit.begin()
    saved = actions.EventsSaved(revision=revision, became=became, refusals=refusals)
    with clock.timing(f"{name}: answer"):
        JSONRenderer().render(result_data(saved, events=len(rows)))


class Commit:
    """Times what is left of a transaction once its block has ended."""

    def __init__(self, clock: Clock, name: str) -> None:
        self._clock, self._name, self._began = clock, name, 0.0

    def begin(self) -> None:
        self._began = time.perf_counter()

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self._clock.ms[self._name].append((time.perf_counter() - self._began) * 1000)


def _ordinary(clock: Clock, name: str, user: User, data: bytes) -> None:
    """A serializer of many and one `bulk_create` that updates what is there."""
    with clock.timing(f"{name}: JSON"):
        rows = json.loads(data)["events"]
    events: Any = RatingEventInput(data=rows, many=True)
    with clock.timing(f"{name}: validation"):
        events.is_valid(raise_exception=True)
    with clock.timing(f"{name}: database"):
        revision, ratings = _create(user, events.validated_data)
    with clock.timing(f"{name}: answer"):
        became = {index: Became(Outcome.CHANGED, rating.pk) for index, rating in enumerate(ratings)}
        saved = actions.EventsSaved(revision=revision, became=became, refusals={})
        JSONRenderer().render(result_data(saved, events=len(rows)))


@transaction.atomic
def _create(user: User, rows: Sequence[Mapping[str, Any]]) -> tuple[int, list[Rating]]:
    revision = actions.bump_taste(user_id=user.pk, at=timezone.now())
    films = Movie.objects.only("pk").in_bulk([row["movie_id"] for row in rows])
    ratings = [
        Rating(
            user=user, movie=films[row["movie_id"]], score=row["score"], rated_at=row["rated_at"]
        )
        for row in rows
    ]
    saved = Rating.objects.bulk_create(
        ratings,
        update_conflicts=True,
        unique_fields=["user", "movie"],
        update_fields=["score", "rated_at", "updated_at"],
    )
    return revision, saved


def empty(user: User) -> None:
    Rating.objects.for_user(user).delete()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM favorites_rating")
