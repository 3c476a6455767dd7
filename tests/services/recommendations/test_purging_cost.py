"""A purge looks at little at a time, however many lists there are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from apps.recommendations.models import Generation, RecommendationList
from apps.recommendations.publishing import RETENTION
from services.recommendations import purging
from tests.factories import make_generation, make_user
from tests.made_once import made_once

VIEWERS = 50_000
BATCH = 20
SLICE = 100
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
# A page for each row of a slice and its index entry, twice as many to find a row by its id and to
# remove it, and what is above the leaves.
MOST_BUFFERS = 2 * SLICE + 12 * BATCH
_MANY_LISTS = """
    INSERT INTO recommendations_recommendationlist (
        user_id, generation_id, revision, created_at, movie_ids, scores, sources,
        because_movie_ids, because_shares
    )
    SELECT first.id + number, %s, 1, %s, '{}', '{}', '{}', '{}', '{}'
    FROM generate_series(0, %s - 1) AS number, (SELECT min(id) AS id FROM users_user) AS first
"""
_MANY_USERS = """
    INSERT INTO users_user (SELECT (jsonb_populate_record(
        one, jsonb_build_object('id', others.id, 'email', others.id || '@example.com')
    )).* FROM users_user AS one, (
        SELECT nextval(pg_get_serial_sequence('users_user', 'id')) AS id
        FROM generate_series(1, %s - 1)
    ) AS others)
"""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", BATCH)
    monkeypatch.setattr(purging, "SLICE", SLICE)


@pytest.fixture(scope="module")
def active_of_module(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Generation]:
    with made_once(django_db_blocker, make_many_lists) as generation:
        yield generation


@pytest.fixture
def active(active_of_module: Generation, db: None) -> Generation:
    return active_of_module


def make_many_lists() -> Generation:
    """One list of each of so many viewers, built long ago and read ever since."""
    make_user()
    generation = make_generation(active=True)
    run(_MANY_USERS, VIEWERS)
    add_lists(generation, built_at=NOW - timedelta(days=3))
    return generation


def run(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def add_lists(generation: Generation, *, built_at: datetime) -> None:
    run(_MANY_LISTS, generation.pk, built_at, VIEWERS)
    run("ANALYZE recommendations_recommendationlist")


@contextmanager
def explained() -> Iterator[list[int]]:
    """The pages that each statement about lists looks at, each time that it appears."""
    buffers: list[int] = []

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:
        if "recommendations_recommendationlist" in sql:
            with transaction.atomic(), context["connection"].connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
                plan = cursor.fetchone()[0][0]["Plan"]
                transaction.set_rollback(True)
            buffers.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield buffers


def test_a_pass_over_lists_of_which_none_was_replaced_looks_at_a_slice_at_a_time(
    active: Generation,
) -> None:
    after: int | None = 0
    with explained() as buffers:
        for calls in range(1, 6):
            after = purging.purge_replaced(at=NOW, after=after or 0)
            assert after == first_user() + calls * SLICE - 1

    assert max(buffers) <= MOST_BUFFERS
    assert RecommendationList.objects.count() == VIEWERS
    assert purging.purge_replaced(at=NOW, after=first_user() + VIEWERS) is None


def test_a_batch_of_many_replaced_lists_looks_at_a_slice(active: Generation) -> None:
    add_lists(active, built_at=NOW - RETENTION)
    with explained() as buffers:
        after = purging.purge_replaced(at=NOW, after=first_user() + VIEWERS // 2)

    assert max(buffers) <= MOST_BUFFERS
    assert after == first_user() + VIEWERS // 2
    assert RecommendationList.objects.count() == 2 * VIEWERS - BATCH


def test_a_batch_of_a_retired_generation_is_found_by_its_index(active: Generation) -> None:
    """Not by looking through the lists of others, which come first in the table."""
    retired = make_generation(state=Generation.State.RETIRED, retired_at=NOW - RETENTION)
    add_lists(retired, built_at=NOW - timedelta(days=2))
    with explained() as buffers:
        assert purging.purge_generation(at=NOW)

    assert max(buffers) <= MOST_BUFFERS
    assert RecommendationList.objects.filter(generation=retired).count() == VIEWERS - BATCH
    assert RecommendationList.objects.filter(generation=active).count() == VIEWERS


def first_user() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM users_user")
        return int(cursor.fetchone()[0])
