"""Each check of the database when what it looks for is there, and when it is not."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from apps.core import database_health, health
from apps.core.health import Unhealthy
from apps.core.heartbeats import of_queue, recent, record
from apps.core.models import Heartbeat
from apps.core.runs import Run
from apps.movies.models import SyncRun
from apps.recommendations.models import (
    Generation,
    GenerationShard,
    ModelMeasurement,
    ModelShard,
    ModelVersion,
)
from apps.recommendations.work import recent_work
from workers.queues import BATCH, CATALOG, MAIL, QUEUES, TRAINING

pytestmark = pytest.mark.django_db

PATIENCE_SECONDS = 10
SLACK_SECONDS = 2
APPLIED = MigrationRecorder.Migration.objects


def seen(name: str, *, seconds_ago: float) -> None:
    record(name=name)
    at = timezone.now() - timedelta(seconds=seconds_ago)
    Heartbeat.objects.filter(name=name).update(seen_at=at)


def detail_of(check: health.Check) -> str:
    with pytest.raises(Unhealthy) as unhealthy:
        check()
    return str(unhealthy.value)


def assert_told(text: str, expected: str) -> None:
    """The text ends with an age, which may have grown by a few seconds while the test ran."""
    told, seconds = _split_age(text)
    beginning, least = _split_age(expected)
    assert told == beginning
    assert least <= seconds <= least + SLACK_SECONDS


def _split_age(text: str) -> tuple[str, int]:
    found = re.fullmatch(r"(.*seen )(-?\d+) s ago", text)
    assert found, text
    return found[1], int(found[2])


def test_a_database_that_answers_is_well() -> None:
    assert database_health.check_database() == "answers"


def test_all_migrations_are_applied_here() -> None:
    assert database_health.check_migrations() == "all applied"


def test_a_migration_that_was_not_applied_is_named() -> None:
    APPLIED.filter(app="core", name="0001_heartbeat").delete()

    assert detail_of(database_health.check_migrations) == "1 not applied: core.0001_heartbeat"


def test_of_many_migrations_some_are_named() -> None:
    APPLIED.filter(app__in=["auth", "core"]).delete()

    detail = detail_of(database_health.check_migrations)

    assert detail.startswith("13 not applied: auth.0001_initial, ")
    assert detail.count("auth.") == 3
    assert detail.endswith(", …")


def test_a_database_that_is_ahead_of_this_code_is_well() -> None:
    APPLIED.create(app="movies", name="9999_of_the_next_release")

    assert database_health.check_migrations() == "all applied"


@pytest.fixture
def squashed(settings: LazySettings) -> Iterator[None]:
    """Core's migrations replaced by one, which this database has not recorded."""
    settings.MIGRATION_MODULES = {"core": "tests.apps.squashed.migrations"}
    database_health._expected.cache_clear()  # noqa: SLF001
    yield
    database_health._expected.cache_clear()  # noqa: SLF001


@pytest.mark.usefixtures("squashed")
def test_a_squashed_migration_is_applied_when_all_that_it_replaces_are() -> None:
    assert database_health.check_migrations() == "all applied"

    APPLIED.filter(app="core").delete()

    assert detail_of(database_health.check_migrations) == "1 not applied: core.0001_squashed"


def test_an_empty_database_was_never_migrated() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO elsewhere")

    assert detail_of(database_health.check_migrations) == "the database has never been migrated"


def test_a_heartbeat_is_recorded_once_and_renewed() -> None:
    seen("beat", seconds_ago=100)

    record(name="beat")

    (row,) = Heartbeat.objects.all()
    assert row.name == "beat"
    assert abs(timezone.now() - row.seen_at) < timedelta(seconds=10)


def test_a_heartbeat_is_sound_until_its_limit_and_fails_after_it(settings: LazySettings) -> None:
    settings.HEALTH_MAX_AGE_SECONDS = 30
    seen("young", seconds_ago=27)
    seen("old", seconds_ago=33)

    assert_told(recent("young")(), "seen 27 s ago")
    assert_told(detail_of(recent("old")), "last seen 33 s ago")


def test_a_part_that_was_never_seen_fails() -> None:
    assert detail_of(recent("beat")) == "never seen"


def test_a_heartbeat_from_a_clock_that_was_set_back_does_not_stay_fresh() -> None:
    seen("beat", seconds_ago=-3600)

    assert_told(detail_of(recent("beat")), "last seen -3600 s ago")


def make_run(model: type[Run]) -> Run:
    if model is ModelVersion:
        return ModelVersion.objects.create()
    version = ModelVersion.objects.create()
    if model is ModelShard:
        return ModelShard.objects.create(model_version=version, number=3, start=0, stop=9)
    if model is ModelMeasurement:
        return ModelMeasurement.objects.create(model_version=version)
    generation = Generation.objects.create(model_version=version)
    if model is Generation:
        return generation
    return GenerationShard.objects.create(
        generation=generation, number=3, first_user_id=1, last_user_id=9
    )


def beat_of(run: Run, *, seconds_ago: float) -> None:
    run.heartbeat_at = timezone.now() - timedelta(seconds=seconds_ago)
    run.leased_until = run.heartbeat_at + timedelta(seconds=30)
    run.save()


@pytest.mark.parametrize(
    "model", [ModelVersion, ModelShard, ModelMeasurement, Generation, GenerationShard]
)
def test_a_worker_in_the_middle_of_a_long_slice_is_busy_not_dead(model: type[Run]) -> None:
    seen(of_queue(BATCH), seconds_ago=200)
    check = recent(of_queue(BATCH), or_work=recent_work)
    run = make_run(model)
    assert_told(detail_of(check), "last seen 200 s ago")

    beat_of(run, seconds_ago=20)
    assert_told(check(), f"busy with {run}; last seen 200 s ago")

    beat_of(run, seconds_ago=40)
    assert_told(detail_of(check), "last seen 200 s ago")


def test_a_failed_slice_that_waits_for_its_next_attempt_keeps_nobody_busy() -> None:
    seen(of_queue(TRAINING), seconds_ago=200)
    run = make_run(ModelVersion)
    beat_of(run, seconds_ago=40)
    run.leased_until = timezone.now() + timedelta(seconds=30)
    run.save()

    assert_told(detail_of(recent(of_queue(TRAINING), or_work=recent_work)), "last seen 200 s ago")


def begun(*, kind: str) -> Run:
    """A long run that is worked on now: a training, or a sync."""
    run = make_run(ModelVersion) if kind == "training" else SyncRun(kind="lists", state="running")
    beat_of(run, seconds_ago=1)
    return run


EXCUSED = {"training": {BATCH, TRAINING, MAIL}, "sync": {CATALOG}}


@pytest.mark.parametrize("kind", EXCUSED)
def test_work_on_a_long_run_excuses_only_the_queues_of_its_worker(kind: str) -> None:
    begun(kind=kind)
    excused = {name for name in QUEUES if _passes(health._registered[of_queue(name)][0])}  # noqa: SLF001

    assert excused == EXCUSED[kind]


@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize("kind", EXCUSED)
def test_a_queue_of_others_fails_however_busy_the_long_ones_are(queue: str, kind: str) -> None:
    begun(kind=kind)
    seen(of_queue(queue), seconds_ago=200)
    check = health._registered[of_queue(queue)][0]  # noqa: SLF001

    if queue in EXCUSED[kind]:
        assert check().startswith("busy with ")
    else:
        assert_told(detail_of(check), "last seen 200 s ago")


def _passes(check: health.Check) -> bool:
    try:
        return bool(check())
    except Unhealthy:
        return False


def sessions() -> int:
    """Clients connected to this database besides the test's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        (number,) = cursor.fetchone()
    return int(number)


@pytest.mark.django_db(transaction=True)
def test_checks_leave_no_connection_behind() -> None:
    before = sessions()

    for _ in range(20):
        assert health.examine(["database", "migrations"])["database"].is_ok

    # The server is told of a closed connection, and ends its process a little later.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while sessions() > before:
        assert time.monotonic() < deadline


@pytest.mark.django_db(transaction=True)
def test_a_locked_table_fails_the_checks_that_read_it_and_ends(settings: LazySettings) -> None:
    settings.HEALTH_TIMEOUT_SECONDS = 0.4
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE core_heartbeat IN ACCESS EXCLUSIVE MODE")
        try:
            findings = health.examine(["database", "beat"])
        finally:
            cursor.execute("ROLLBACK")

    assert findings["database"].is_ok
    assert not findings["beat"].is_ok


def test_a_database_that_cannot_be_reached_fails_all_that_is_read_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # New connections go where nothing listens.
    monkeypatch.setitem(connections.settings["default"], "PORT", 1)

    findings = health.examine(["database", "migrations", "beat", "queue:batch"])

    assert {finding.detail for finding in findings.values()} == {"the database cannot be reached"}
    assert {finding.is_ok for finding in findings.values()} == {False}
