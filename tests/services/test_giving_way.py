from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from apps.favorites.models import Taste
from apps.recommendations.models import ListFreshness
from services import giving_way
from services.giving_way import give_way
from tests.factories import make_user
from workers.metrics import GAVE_WAY_SECONDS

pytestmark = pytest.mark.django_db


@dataclass
class FakeTime:
    """It goes on by what somebody sleeps; `meanwhile` happens each time."""

    meanwhile: Callable[[], object] = lambda: None
    now: float = 0.0
    naps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.naps.append(seconds)
        self.meanwhile()

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def patience(settings: Settings) -> None:
    settings.BACKGROUND_PATIENCE_SECONDS = 2.0


def ago(seconds: float) -> object:
    return timezone.now() - timedelta(seconds=seconds)


def waiting_since(seconds: float, *, served: float = 1, **values: object) -> Taste:
    """A viewer who waits for a list; another one got one `served` seconds ago."""
    ListFreshness.objects.create(
        list_id=1,
        readable_at=ago(served),
        **dict.fromkeys(("waited_seconds", "newest_seconds", "held_seconds"), 0.0),
        is_exact=True,
    )
    values = {"revision": 5, "listed_revision": 4, "changed_at": ago(seconds), **values}
    return Taste.objects.create(user=make_user(), **values)


def counted(work: str) -> float:
    samples = [each for metric in GAVE_WAY_SECONDS.collect() for each in metric.samples]
    return sum(each.value for each in samples if each.labels == {"work": work})


def test_where_nobody_waits_one_statement_is_all(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    waiting_since(1, listed_revision=5)

    with django_assert_num_queries(1):
        assert give_way("lists") == 0


def test_it_goes_on_as_soon_as_the_list_is_there() -> None:
    taste = waiting_since(1)
    before = counted("titles")
    time = FakeTime(lambda: len(time.naps) == 3 and build(taste))

    assert give_way("titles", sleep=time.sleep, monotonic=time.monotonic) == time.now > 0

    assert len(time.naps) == 3
    assert counted("titles") == pytest.approx(before + time.now)


def build(taste: Taste) -> None:
    taste.listed_revision = taste.revision
    taste.save()


def test_its_patience_ends() -> None:
    waiting_since(1)
    time = FakeTime()

    waited = give_way("lists", sleep=time.sleep, monotonic=time.monotonic)

    assert waited == pytest.approx(2.0, abs=giving_way.POLL_SECONDS)


@pytest.mark.parametrize(
    ("since", "values"),
    [
        pytest.param(-5, {}, id="has just written"),
        pytest.param(1, {"served": 60}, id="nobody builds a list for"),
        pytest.param(1, {"nudges": 2}, id="was nudged again"),
        pytest.param(60, {}, id="has waited too long for a worker to be there"),
        pytest.param(1, {"is_realtime": False}, id="has imported ratings"),
        pytest.param(1, {"changed_at": None}, id="nobody knows since when"),
    ],
)
def test_it_does_not_wait_for_who(since: float, values: dict[str, object]) -> None:
    waiting_since(since, **values)

    assert not giving_way.is_a_list_late()


def test_it_does_not_wait_for_whose_list_is_so_young_that_the_next_comes_later() -> None:
    waiting_since(0.5, nudge_at=ago(-5))

    assert not giving_way.is_a_list_late()


def test_it_waits_for_who_was_nudged_when_the_time_had_come() -> None:
    waiting_since(1.5, nudge_at=ago(0.5))

    assert giving_way.is_a_list_late()


def test_without_patience_nobody_is_asked(
    settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.BACKGROUND_PATIENCE_SECONDS = 0
    waiting_since(1)

    with django_assert_num_queries(0):
        assert give_way("lists") == 0
