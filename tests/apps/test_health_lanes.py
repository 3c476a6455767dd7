"""Checks that hang, fail and come back, on lanes of their own."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

import pytest
from django.conf import LazySettings

from apps.core import health
from apps.core.health import Finding, Lane, Unhealthy, examine

LIMIT_SECONDS = 0.3


@pytest.fixture(autouse=True)
def no_other_checks(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    monkeypatch.setattr(health, "_registered", {})
    settings.HEALTH_TIMEOUT_SECONDS = LIMIT_SECONDS


class Hanging:
    """A check that hangs while `hangs` is set, and counts how often it began."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.began = 0

    def __call__(self) -> str:
        self.began += 1
        number = self.began
        assert self.goes_on.wait(20)
        return f"run {number}"


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    check = Hanging()
    yield check
    check.goes_on.set()
    eventually(lambda: not lane_threads())


def lane_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "health"]


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def well() -> str:
    return "well"


def unwell() -> str:
    raise Unhealthy("out of order")


def broken() -> str:
    raise ValueError("postgres://nexus:secret@10.0.0.1/nexus")


def test_each_check_is_found_as_it_is_in_the_order_of_registration() -> None:
    for name, check in {"one": well, "two": unwell, "three": well}.items():
        health.register(name, check)

    assert examine() == {
        "one": Finding(True, "well"),
        "two": Finding(False, "out of order"),
        "three": Finding(True, "well"),
    }
    assert list(examine()) == ["one", "two", "three"]
    assert list(examine(["three", "one"])) == ["one", "three"]


def test_an_unknown_check_is_an_error() -> None:
    with pytest.raises(KeyError):
        examine(["unheard of"])


def test_an_error_fails_its_check_and_its_text_is_no_detail() -> None:
    health.register("broken", broken)
    health.register("well", well)

    findings = examine()

    assert findings == {"broken": Finding(False, "ValueError"), "well": Finding(True, "well")}
    assert "10.0.0.1" in str(findings["broken"].error)


def test_a_report_is_ok_only_if_every_finding_is() -> None:
    good, bad = Finding(True, "fine"), Finding(False, "gone")

    assert health.report({"one": good}) == {
        "status": "ok",
        "checks": {"one": {"status": "ok", "detail": "fine"}},
    }
    assert health.report({"one": good, "two": bad})["status"] == "failing"


def test_nothing_is_remembered() -> None:
    numbers = count()
    health.register("counting", lambda: str(next(numbers)))

    assert [examine()["counting"].detail for _ in range(3)] == ["0", "1", "2"]


def test_a_check_that_hangs_is_waited_for_once_and_then_reported_at_once(
    hanging: Hanging,
) -> None:
    health.register("hanging", hanging)
    health.register("well", well)

    started = time.monotonic()
    first = examine()
    waited = time.monotonic()
    later = [examine() for _ in range(50)]
    reported = time.monotonic()

    assert waited - started >= LIMIT_SECONDS
    # Had each of them waited, it would have been twice that.
    assert reported - waited < 25 * LIMIT_SECONDS
    assert first["well"] == Finding(True, "well")
    assert not first["hanging"].is_ok
    assert first["hanging"].detail.startswith("no answer since ")
    assert {found["hanging"].is_ok for found in later} == {False}
    assert {found["hanging"].detail for found in later} == {
        f"an earlier check has had {first['hanging'].detail}"
    }
    assert hanging.began == 1
    eventually(lambda: len(lane_threads()) == 1)


def test_a_check_that_comes_back_is_asked_again(hanging: Hanging) -> None:
    health.register("hanging", hanging)
    examine()
    examine()

    hanging.goes_on.set()
    eventually(lambda: not lane_threads())

    # The run that nobody waited for any more was the second.
    assert examine() == {"hanging": Finding(True, "run 3")}


def test_an_answer_comes_from_a_check_begun_after_the_question(hanging: Hanging) -> None:
    """Five ask while a check goes on: they share the next one, not the one that had begun."""
    health.register("hanging", hanging)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(examine)
        eventually(lambda: hanging.began == 1)
        others = [pool.submit(examine) for _ in range(5)]
        time.sleep(LIMIT_SECONDS / 3)
        hanging.goes_on.set()

    assert first.result()["hanging"].detail == "run 1"
    assert {other.result()["hanging"].detail for other in others} == {"run 2"}


def test_what_answered_before_a_check_of_the_lane_hung_counts(hanging: Hanging) -> None:
    lane = Lane()
    health.register("before", well, lane=lane)
    health.register("hanging", hanging, lane=lane)
    health.register("after", well, lane=lane)

    findings = examine()

    assert {name: finding.is_ok for name, finding in findings.items()} == {
        "before": True,
        "hanging": False,
        "after": False,
    }


def test_those_who_ask_for_different_checks_of_a_busy_lane_all_get_theirs(
    hanging: Hanging,
) -> None:
    lane = Lane()
    health.register("hanging", hanging, lane=lane)
    health.register("one", well, lane=lane)
    health.register("two", unwell, lane=lane)
    with ThreadPoolExecutor(3) as pool:
        pool.submit(examine, ["hanging"])
        eventually(lambda: hanging.began == 1)
        one, two = pool.submit(examine, ["one"]), pool.submit(examine, ["two"])
        time.sleep(LIMIT_SECONDS / 3)
        hanging.goes_on.set()

    assert one.result() == {"one": Finding(True, "well")}
    assert two.result() == {"two": Finding(False, "out of order")}


def test_a_session_that_cannot_begin_is_the_finding_of_all_its_checks() -> None:
    @contextmanager
    def session() -> Iterator[None]:
        raise Unhealthy("the resource is away")
        yield

    lane = Lane(session)
    health.register("one", well, lane=lane)
    health.register("two", well, lane=lane)

    assert examine() == dict.fromkeys(("one", "two"), Finding(False, "the resource is away"))
    eventually(lambda: not lane_threads())
