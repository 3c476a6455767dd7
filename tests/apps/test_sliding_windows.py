"""Both kinds of windows count alike; the shared one in one round trip, the local one bounded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.conf import settings
from limits import parse
from redis import Redis

from apps.core.sliding_windows import KEY_PREFIX, Counter, LocalWindows, SharedWindows

SECONDS = 60
# The beginning of a period.
BEGIN = 1_000 * SECONDS


def shared() -> SharedWindows:
    return SharedWindows(settings.REDIS_URL, timeout_seconds=5)


def counter(limit: str = "10/minute") -> Counter:
    return Counter(uuid4().hex, parse(limit))


@pytest.fixture(params=["shared", "local"])
def windows(request: pytest.FixtureRequest) -> SharedWindows | LocalWindows:
    return shared() if request.param == "shared" else LocalWindows()


class Clock:
    def __init__(self) -> None:
        self.seconds = float(BEGIN)

    def __call__(self) -> float:
        return self.seconds


def allowed(windows: SharedWindows | LocalWindows, counter: Counter, *, of: int) -> int:
    return sum(windows.hit([counter])[0].is_within for _ in range(of))


def test_a_limit_is_reached_and_what_is_refused_does_not_count(
    windows: SharedWindows | LocalWindows,
) -> None:
    ten = counter()

    first = windows.hit([ten])[0].window
    assert allowed(windows, ten, of=19) == 9

    assert (first.taken(SECONDS), first.previous) == (1, 0)
    assert 0 <= first.seconds_until_free(SECONDS) <= SECONDS
    (refused,) = windows.hit([ten])
    assert not refused.is_within
    assert refused.window.taken(SECONDS) == 10


def test_several_limits_are_counted_by_one_hit(windows: SharedWindows | LocalWindows) -> None:
    few, many = counter("2/minute"), counter("5/hour")

    hits = [[hit.is_within for hit in windows.hit([few, many])] for _ in range(6)]

    assert hits == [[True, True]] * 2 + [[False, True]] * 3 + [[False, False]]


@pytest.mark.parametrize("make", [shared, LocalWindows])
def test_of_forty_guesses_at_once_exactly_the_limit_pass(
    make: Callable[[], SharedWindows | LocalWindows],
) -> None:
    windows, ten = make(), counter("10/hour")

    with ThreadPoolExecutor(max_workers=40) as pool:
        hits = list(pool.map(lambda _: windows.hit([ten])[0].is_within, range(40)))

    assert sum(hits) == 10


def test_a_server_that_forgot_its_scripts_is_told_them_again() -> None:
    windows, ten = shared(), counter()
    windows.hit([ten])

    Redis.from_url(settings.REDIS_URL).script_flush()

    assert windows.hit([ten])[0].window.current == 2


def test_a_hit_is_one_round_trip_whatever_it_counts() -> None:
    windows, counters = shared(), [counter(), counter("100/hour")]
    windows.hit(counters)
    server = Redis.from_url(settings.REDIS_URL)

    def reads() -> int:
        return int(server.info("stats")["total_reads_processed"])

    before = reads()
    for _ in range(50):
        windows.hit(counters)

    # The server also reads our questions, and the end of connections that others leave.
    assert 50 <= reads() - before < 75


def test_shared_counters_carry_our_prefix_and_expire() -> None:
    ten = counter()
    shared().hit([ten])

    server = Redis.from_url(settings.REDIS_URL)
    (key,) = server.scan_iter(f"*{ten.key}*", count=10_000)
    assert key.decode().startswith(f"{KEY_PREFIX}:")
    assert 0 < server.ttl(key) <= 2 * SECONDS


def test_nobody_gets_twice_the_limit_at_the_turn_of_a_period() -> None:
    clock = Clock()
    windows, ten = LocalWindows(clock=clock), counter()
    clock.seconds = BEGIN + 59.0
    assert allowed(windows, ten, of=20) == 10

    clock.seconds = BEGIN + SECONDS + 0.5
    assert allowed(windows, ten, of=20) == 1
    (refused,) = windows.hit([ten])
    assert refused.window.seconds_until_free(SECONDS) == pytest.approx(5.5)

    clock.seconds = BEGIN + SECONDS + 30
    assert allowed(windows, ten, of=20) == 4
    clock.seconds = BEGIN + 3 * SECONDS
    assert allowed(windows, ten, of=20) == 10


def test_local_counters_are_bounded_and_the_busy_ones_stay() -> None:
    windows, busy = LocalWindows(most_counters=50), counter("3/hour")

    for _ in range(1_000):
        windows.hit([counter("3/hour")])
        windows.hit([busy])

    assert len(windows) == 50
    assert allowed(windows, busy, of=5) == 0
