from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.favorites import actions
from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations.actions import request_generation, request_training
from apps.recommendations.models import (
    Explanation,
    Generation,
    GenerationShard,
    ModelShard,
    ModelVersion,
    RecommendationList,
)
from apps.users.models import User
from services import leasing
from services.recommendations import building, sweeping, training
from services.recommendations.refreshing import refresh_user
from tests.factories import make_explanation, make_user

from .conftest import NOON, FakeClock, make_ready_model

pytestmark = pytest.mark.django_db

GRACE = sweeping.GRACE.total_seconds()
NUDGE_LEASE = sweeping.NUDGE_LEASE.total_seconds()


def claim(clock: FakeClock, *, limit: int = 10) -> list[int]:
    return sorted(due.user_id for due in sweeping.claim_waiting_users(limit=limit, at=clock()))


def test_a_write_is_left_to_its_own_message_at_first(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    clock.advance(seconds=GRACE - 0.1)
    assert claim(clock) == []

    clock.advance(seconds=0.1)
    assert claim(clock) == [viewer.pk]


def test_a_nudged_viewer_is_nudged_again_later_and_later(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    clock.advance(seconds=GRACE)
    times = []
    for _ in range(600):
        times += [(clock.now - NOON).total_seconds() - GRACE for _ in claim(clock)]
        clock.advance(seconds=1)

    assert times == [
        0,
        2 * NUDGE_LEASE,
        6 * NUDGE_LEASE,
        14 * NUDGE_LEASE,
        30 * NUDGE_LEASE,
        62 * NUDGE_LEASE,
    ]


def test_a_viewers_next_write_ends_the_waiting(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    clock.advance(seconds=GRACE)
    for _ in range(5):
        claim(clock)
        clock.advance(minutes=5)
    claim(clock)

    actions.rate_movie(user=viewer, movie_id=films[1].pk, score=5, at=clock())
    clock.advance(seconds=NUDGE_LEASE)

    assert claim(clock) == [viewer.pk]


def test_who_has_a_current_list_is_left_alone(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    refresh_user(user_id=viewer.pk, clock=clock)
    clock.advance(hours=1)

    assert claim(clock) == []


def test_no_more_are_claimed_than_there_is_room_for(
    published: Generation, films: list[Movie], clock: FakeClock
) -> None:
    users = [make_user() for _ in range(3)]
    for user in users:
        actions.rate_movie(user=user, movie_id=films[0].pk, score=9, at=NOON)
    clock.advance(seconds=GRACE)

    assert claim(clock, limit=-5) == claim(clock, limit=0) == []
    assert claim(clock, limit=2) == [users[0].pk, users[1].pk]
    assert claim(clock, limit=2) == [users[2].pk]
    assert claim(clock, limit=2) == []


def test_bulk_imports_wait_for_the_batch_build(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    Taste.objects.update(is_realtime=False)
    clock.advance(hours=1)

    assert claim(clock) == []


def test_an_imported_viewer_who_rates_does_not_wait_for_the_batch_build(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    Taste.objects.update(is_realtime=False)
    clock.advance(hours=1)

    actions.rate_movie(user=viewer, movie_id=films[1].pk, score=5, at=clock())
    clock.advance(seconds=GRACE)

    assert claim(clock) == [viewer.pk]


def test_without_a_generation_nobody_is_claimed(viewer: User, clock: FakeClock) -> None:
    clock.advance(hours=1)

    assert claim(clock) == []
    assert Taste.objects.get().nudges == 0


def test_a_viewer_who_is_writing_now_is_passed_over(
    published: Generation, viewer: User, clock: FakeClock, other_session: Any
) -> None:
    clock.advance(seconds=GRACE)
    with other_session.cursor() as cursor:
        cursor.execute("SELECT FROM favorites_taste FOR UPDATE")

    assert claim(clock) == []


def explaining(plans: list[str]) -> Callable[..., Any]:
    """Note how the statement on tastes is planned, before it is executed."""

    def execute(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if "favorites_taste" in sql:
            execute(f"EXPLAIN {sql}", *arguments)
            plans.extend(line for (line,) in arguments[-1]["cursor"].fetchall())
        return execute(sql, *arguments)

    return execute


def test_the_waiting_viewers_are_found_by_their_index(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    """Among many who wait for nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO users_user (id, email, password, display_name, origin, is_staff,"
            " is_active, is_superuser, date_joined)"
            " SELECT n, n || '@example.com', '!', '', 'imported', false, true, false, now()"
            " FROM generate_series(1000000, 1020000) AS n"
        )
        # Without it each taste's key would be checked by reading the whole table.
        cursor.execute("ANALYZE users_user")
        cursor.execute(
            "INSERT INTO favorites_taste (user_id, revision, listed_revision, is_realtime, nudges)"
            " SELECT id, 1, 1, true, 0 FROM users_user WHERE id >= 1000000"
        )
        cursor.execute("ANALYZE favorites_taste")
    plans: list[str] = []
    with connection.execute_wrapper(explaining(plans)):
        claim(clock)
    plan = "\n".join(plans)

    assert "Index Scan using taste_waiting_idx" in plan
    assert "Sort" not in plan


def test_trainings_are_found_unless_somebody_works_on_them(clock: FakeClock) -> None:
    waiting, held, done = (request_training() for _ in range(3))
    leasing.claim(
        ModelVersion,
        held.pk,
        from_states=training.OPEN_STATES,
        to_state=ModelVersion.State.TRAINING,
        at=clock(),
    )
    ModelVersion.objects.filter(pk=done.pk).update(state=ModelVersion.State.READY)

    assert sweeping.waiting_trainings(at=clock()) == [waiting.pk]
    clock.advance(seconds=leasing.LEASE.total_seconds())
    assert sweeping.waiting_trainings(at=clock()) == [waiting.pk, held.pk]


def test_trainings_are_found_while_a_shard_is_nobodys(clock: FakeClock) -> None:
    version = ModelVersion.objects.create(
        state=ModelVersion.State.TRAINING, phase=ModelVersion.Phase.WEIGHTS
    )
    shards = [
        ModelShard.objects.create(model_version=version, number=number, start=number, stop=9)
        for number in range(2)
    ]

    def waits() -> bool:
        return sweeping.waiting_trainings(at=clock()) == [version.pk]

    assert waits()
    leases = [
        leasing.claim(ModelShard, shard.pk, from_states=["waiting"], to_state="running", at=clock())
        for shard in shards
    ]
    assert not waits()
    assert leases[0] is not None
    leases[0].release()
    assert waits()
    ModelShard.objects.update(state=ModelShard.State.DONE)
    assert waits()


def test_generations_are_found_while_a_step_or_shard_is_nobodys(
    viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    generation = request_generation(model_version_id=make_ready_model(films).pk)

    def waits() -> bool:
        return sweeping.waiting_generations(at=clock()) == [generation.pk]

    assert waits()
    (shard_id,) = building.advance_generation(generation_id=generation.pk, clock=clock)
    assert waits()
    lease = leasing.claim(
        GenerationShard,
        shard_id,
        from_states=building.OPEN_SHARD_STATES,
        to_state=GenerationShard.State.RUNNING,
        at=clock(),
    )
    assert lease is not None
    assert not waits()
    lease.release()
    building.build_shard(shard_id=shard_id, clock=clock)
    assert waits()
    building.advance_generation(generation_id=generation.pk, clock=clock)
    assert not waits()


def test_explanations_that_nobody_made_are_found_the_oldest_first(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    refresh_user(user_id=viewer.pk, clock=clock)
    row = RecommendationList.objects.get()
    asked = [
        make_explanation(list=row, movie_id=film.pk, asked_at=NOON - timedelta(seconds=number))
        for number, film in enumerate(films[:3])
    ]
    make_explanation(list=row, movie_id=films[3].pk, asked_at=NOON, body={"others": {}})
    make_explanation(list=row, movie_id=films[4].pk, asked_at=NOON, error="given up")

    assert sweeping.waiting_explanations(limit=5, at=NOON) == [asked[2].pk]
    clock.advance(seconds=GRACE)
    oldest_first = [each.pk for each in reversed(asked)]
    assert sweeping.waiting_explanations(limit=5, at=clock()) == oldest_first
    assert sweeping.waiting_explanations(limit=2, at=clock()) == oldest_first[:2]


def test_an_explanation_in_the_hands_of_a_worker_is_left_to_it(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    refresh_user(user_id=viewer.pk, clock=clock)
    asked = make_explanation(list=RecommendationList.objects.get(), movie_id=films[0].pk)
    Explanation.objects.update(asked_at=NOON, attempts=1, leased_until=NOON + timedelta(seconds=30))

    clock.advance(seconds=29)
    assert sweeping.waiting_explanations(limit=5, at=clock()) == []
    clock.advance(seconds=1)
    assert sweeping.waiting_explanations(limit=5, at=clock()) == [asked.pk]
