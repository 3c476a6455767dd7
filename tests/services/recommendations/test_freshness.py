"""How long viewers waited is measured once, from the oldest write that no list had seen."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from apps.favorites import actions
from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations import publishing
from apps.recommendations.freshness import HOUR, read_window
from apps.recommendations.models import Alert, Generation, ListFreshness, RecommendationList
from apps.recommendations.waiting import MIN_INTERVAL
from apps.users.models import User
from services.recommendations import freshness, purging
from services.recommendations.refreshing import Outcome, Refreshed, refresh_user

from .conftest import NOON, FakeClock, at_call, build_generation

pytestmark = pytest.mark.django_db

committed = pytest.mark.django_db(transaction=True)
MILLISECOND = timedelta(milliseconds=1)


def rate(viewer: User, film: Movie, *, at: datetime, score: int = 8) -> int:
    return actions.rate_movie(user=viewer, movie_id=film.pk, score=score, at=at).revision


def refresh(viewer: User, clock: FakeClock) -> Refreshed:
    refreshed = refresh_user(user_id=viewer.pk, clock=clock)
    assert refreshed.outcome is Outcome.BUILT
    return refreshed


def newest(viewer: User) -> ListFreshness:
    row = RecommendationList.objects.filter(user=viewer).latest("pk")
    return ListFreshness.objects.get(pk=row.pk)


def make_builds(count: int, *, at: datetime, waited: float, held: float = 0) -> None:
    first = ListFreshness.objects.count() + 1
    ListFreshness.objects.bulk_create(
        ListFreshness(
            list_id=first + number,
            readable_at=at,
            waited_seconds=waited,
            newest_seconds=waited - held,
            held_seconds=held,
            is_exact=True,
        )
        for number in range(count)
    )


def test_it_counts_from_the_oldest_write_that_no_list_has_seen(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    refresh(viewer, clock)
    clock.advance(minutes=1)
    rate(viewer, films[1], at=clock())
    clock.advance(milliseconds=100)
    rate(viewer, films[2], at=clock())
    clock.advance(milliseconds=200)

    refreshed = refresh(viewer, clock)

    row = newest(viewer)
    assert (row.waited_seconds, row.newest_seconds, row.held_seconds) == (0.3, 0.2, 0)
    assert not row.is_exact  # nothing commits within a test's transaction
    assert refreshed.waited == freshness.Waited(300 * MILLISECOND, timedelta())


def test_the_second_between_two_lists_is_told_apart(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    refresh(viewer, clock)
    clock.advance(milliseconds=400)
    rate(viewer, films[1], at=clock())
    clock.advance(milliseconds=650)

    refresh(viewer, clock)

    row = newest(viewer)
    assert row.waited_seconds == pytest.approx(0.65)
    assert row.held_seconds == pytest.approx(0.6)


@pytest.mark.parametrize(("writes", "waited"), [(1, 1.0), (2, 1.005)])
def test_what_is_written_during_a_build_waits_for_the_next(  # noqa: PLR0917  # fixtures
    published: Generation,
    viewer: User,
    films: list[Movie],
    clock: FakeClock,
    writes: int,
    waited: float,
) -> None:
    """Of several such writes the first may have been made as early as the build began."""

    def write() -> None:
        clock.advance(milliseconds=5)
        for film in films[1 : 1 + writes]:
            rate(viewer, film, at=clock())

    asked_after_reading = at_call(2, clock, write)
    assert refresh_user(user_id=viewer.pk, clock=asked_after_reading).outcome is Outcome.BUILT
    clock.advance(seconds=1)

    refresh(viewer, clock)

    assert newest(viewer).waited_seconds == pytest.approx(waited)


def test_a_message_that_comes_twice_stores_nothing_twice(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    awaited = refresh(viewer, clock).awaited
    assert awaited is not None
    before = newest(viewer).waited_seconds

    assert refresh_user(user_id=viewer.pk, clock=clock).waited is None
    assert freshness.record(awaited, at=clock() + MIN_INTERVAL) is None

    assert ListFreshness.objects.count() == 1
    assert newest(viewer).waited_seconds == before


def test_lists_that_are_taken_back_are_built_anew_and_not_measured(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    refresh(viewer, clock)
    clock.advance(minutes=1)
    rate(viewer, films[1], at=clock())
    build_generation(published.model_version, clock)
    clock.advance(hours=1)
    publishing.roll_back(at=clock(), generation_id=published.pk)
    measured = ListFreshness.objects.count()

    refresh(viewer, clock)
    assert ListFreshness.objects.count() == measured
    clock.advance(minutes=1)
    rate(viewer, films[2], at=clock())
    clock.advance(milliseconds=20)
    refresh(viewer, clock)

    assert newest(viewer).waited_seconds == pytest.approx(0.02)


@committed
def test_postgresql_tells_when_both_committed(
    published: Generation, viewer: User, films: list[Movie]
) -> None:
    refresh_user(user_id=viewer.pk, clock=timezone.now)
    Taste.objects.filter(pk=viewer.pk).update(listed_at=NOON)
    with transaction.atomic():
        rate(viewer, films[1], at=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
    before = timezone.now()

    refreshed = refresh_user(user_id=viewer.pk, clock=timezone.now)

    assert refreshed.waited is not None
    row = newest(viewer)
    assert row.is_exact
    # The write was made long before it committed; nobody could see it then.
    assert 0 <= row.waited_seconds < 0.3 + (timezone.now() - before).total_seconds() - 0.25
    assert abs(row.readable_at - before) < timezone.now() - before + MILLISECOND


@committed
def test_numbers_of_transactions_of_another_database_are_not_believed(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    refresh(viewer, clock)
    clock.advance(minutes=1)
    rate(viewer, films[1], at=clock())
    clock.advance(milliseconds=70)

    # By this clock it was written years away from when its transaction committed.
    refresh(viewer, clock)

    assert not newest(viewer).is_exact


def test_operators_are_told_once_that_the_objective_is_missed(settings: Settings) -> None:
    settings.ALERT_EMAILS = ["ops@example.com"]
    now = timezone.now()
    make_builds(freshness.MIN_BUILDS - 1, at=now, waited=3)
    assert freshness.check_objective(at=now) is None

    make_builds(1, at=now, waited=3)
    alert = freshness.check_objective(at=now)
    assert alert is not None
    assert alert.kind == Alert.Kind.FRESHNESS
    assert "0.0% were there within 1 s" in alert.text
    assert freshness.check_objective(at=now + timedelta(minutes=1)) is None

    make_builds(freshness.MIN_BUILDS, at=now + freshness.PAUSE, waited=3)
    assert freshness.check_objective(at=now + freshness.PAUSE) is not None


def test_the_second_between_two_lists_is_no_reason_for_an_alert() -> None:
    now = timezone.now()
    make_builds(100, at=now, waited=1.2, held=0.9)

    assert freshness.check_objective(at=now) is None

    builds = read_window(HOUR, at=now)
    assert (builds.count, builds.within, builds.held, builds.is_met) == (100, 100, 100, True)


@pytest.mark.usefixtures("published")
def test_operators_are_told_of_viewers_whose_list_never_comes(viewer: User) -> None:
    taste = Taste.objects.get(pk=viewer.pk)
    assert taste.unseen_at is not None

    assert freshness.check_objective(at=taste.unseen_at + freshness.MAX_WAIT) is None
    alert = freshness.check_objective(at=taste.unseen_at + 2 * freshness.MAX_WAIT)

    assert alert is not None
    assert "for 120 s" in alert.text


def test_nobody_waits_where_nothing_is_published(viewer: User) -> None:
    taste = Taste.objects.get(pk=viewer.pk)
    assert taste.unseen_at is not None

    assert freshness.check_objective(at=taste.unseen_at + 2 * freshness.MAX_WAIT) is None


@pytest.mark.usefixtures("published")
def test_who_waits_for_a_list_after_a_roll_back_has_no_unseen_write(viewer: User) -> None:
    Taste.objects.filter(pk=viewer.pk).update(
        unseen_at=None, changed_at=timezone.now() - timedelta(days=1), listed_at=timezone.now()
    )

    assert freshness.check_objective(at=timezone.now()) is None


def test_what_was_measured_goes_after_its_time() -> None:
    now = timezone.now()
    make_builds(3, at=now - purging.FRESHNESS_RETENTION, waited=1)
    make_builds(2, at=now, waited=1)

    assert purging.purge_freshness(at=now)
    assert not purging.purge_freshness(at=now)

    assert ListFreshness.objects.count() == 2
