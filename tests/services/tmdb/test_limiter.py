"""What the limiter lets wait, for whom, and what it does when Redis fails it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest
from django.conf import LazySettings
from redis import Redis

from services.tmdb.errors import LimiterAwayError, RateLimitedError
from services.tmdb.limiter import (
    KEY_PREFIX,
    LONGEST_PAUSE_SECONDS,
    MOST_TRIES,
    Limiter,
    Priority,
    Slot,
    namespace,
)
from stack.servers import Valkey

HOUR = 3600.0


class LeftError(Exception):
    """Who would have to wait goes away instead; what it has reserved stays so."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def leave(seconds: float) -> NoReturn:
    raise LeftError(seconds)


Make = Callable[..., Limiter]


@pytest.fixture
def name() -> str:
    return uuid4().hex


@pytest.fixture
def make(settings: LazySettings, name: str) -> Make:
    """Limiters of one pace, as in several processes."""

    def make(
        *,
        rate: float = 10,
        sleep: Callable[[float], None] = leave,
        url: str | None = None,
        grace_seconds: float = 0.04,
    ) -> Limiter:
        return Limiter(
            url or settings.REDIS_URL,
            namespace=name,
            rate=rate,
            grace_seconds=grace_seconds,
            timeout_seconds=5,
            sleep=sleep,
            uniform=lambda _low, _high: 0,
            # A reply that this machine delays is not what these are about.
            monotonic=lambda: 0,
        )

    return make


@pytest.fixture
def server(settings: LazySettings) -> Redis:
    return Redis.from_url(settings.REDIS_URL)


def sends(name: str) -> str:
    return f"{KEY_PREFIX}:{{{name}}}:sends"


def wait(limiter: Limiter, priority: Priority, *, max_wait_seconds: float = HOUR) -> float:
    """For how long it would have slept; 0 if it may send at once."""
    try:
        limiter.acquire(priority, max_wait_seconds=max_wait_seconds)
    except LeftError as left:
        return left.seconds
    return 0.0


def releases(server: Redis, name: str) -> list[float]:
    """From when each request no longer counts, in seconds after the first."""
    rows = server.zrange(sends(name), 0, -1, withscores=True)
    return [round((score - rows[0][1]) / 1e6, 6) for _, score in rows]


def reserve(limiter: Limiter, count: int) -> None:
    """One after the other from a moment to come, so that it does not matter when this runs."""
    limiter.pause(60)
    for _ in range(count):
        wait(limiter, Priority.USER)


def test_requests_are_spaced_evenly(make: Make, server: Redis, name: str) -> None:
    reserve(make(), 5)

    assert releases(server, name) == [0, 0.1, 0.2, 0.3, 0.4]


def test_no_second_has_more_than_the_rate_whatever_the_spacing(
    make: Make, server: Redis, name: str
) -> None:
    reserve(make(), 12)

    # The eleventh waits until the first no longer counts, a second and the grace after it.
    assert releases(server, name)[8:] == [0.8, 0.9, 1.04, 1.14]


@pytest.mark.parametrize(
    ("rate", "slots"),
    [
        (2.5, [0, 0.4, 1.04, 1.44]),
        (1.0, [0, 1.04, 2.08, 3.12]),
        (0.5, [0, 2.04, 4.08, 6.12]),
        (0.01, [0, 100.04, 200.08, 300.12]),
    ],
)
def test_few_requests_a_second_are_whole_ones(
    make: Make, server: Redis, name: str, rate: float, slots: list[float]
) -> None:
    reserve(make(rate=rate), len(slots))

    assert releases(server, name) == slots


def test_an_answer_has_its_request_count_no_longer_than_a_second(
    make: Make, server: Redis, name: str
) -> None:
    limiter = make(rate=1)
    first = limiter.acquire(Priority.USER, max_wait_seconds=0)
    reserved = server.zscore(sends(name), first.send)
    assert reserved == first.at + 1_040_000

    limiter.responded(first)

    released = server.zscore(sends(name), first.send)
    assert released is not None
    assert first.at + 1_000_000 <= released <= reserved


def test_half_of_what_the_fastest_answers_take_is_their_way_back(
    make: Make, server: Redis, name: str
) -> None:
    limiter = make(rate=1, grace_seconds=3)
    slot = limiter.acquire(Priority.USER, max_wait_seconds=0)
    due = slot.at - 200_000
    server.hset(f"{KEY_PREFIX}:{{{name}}}:state", "fastest", 200_000)

    limiter.responded(Slot(send=slot.send, at=due))

    seconds, microseconds = server.time()  # type: ignore[misc]  # the client is synchronous
    released = server.zscore(sends(name), slot.send)
    assert released is not None
    assert due + 1_105_000 <= released <= seconds * 1_000_000 + microseconds + 1_000_000 - 95_000


def test_a_late_answer_has_it_count_no_longer(make: Make, server: Redis, name: str) -> None:
    limiter = make()
    slot = limiter.acquire(Priority.USER, max_wait_seconds=0)
    server.zadd(sends(name), {slot.send: slot.at - 5_000_000})

    limiter.responded(slot)
    limiter.responded(Slot(send="unknown", at=slot.at))

    assert server.zrange(sends(name), 0, -1, withscores=True) == [
        (slot.send.encode(), slot.at - 5_000_000)
    ]


@pytest.mark.parametrize(("priority", "horizon"), [(Priority.NIGHTLY, 0.2), (Priority.ADMIN, 0.5)])
def test_a_crowd_reserves_no_further_ahead_than_its_horizon(
    make: Make, priority: Priority, horizon: float
) -> None:
    for _ in range(50):
        wait(make(), priority)

    assert wait(make(), Priority.USER) <= horizon + 0.1


def test_who_has_no_room_asks_again_when_there_may_be(make: Make, server: Redis, name: str) -> None:
    limiter = make(rate=0.1)
    for _ in range(9):
        wait(limiter, Priority.USER)
    reserved = releases(server, name)

    # The next slot is 90 s away, and they reach 20 s and 40 s ahead.
    assert 60 < wait(limiter, Priority.NIGHTLY) <= 70.4
    assert 40 < wait(limiter, Priority.ADMIN) <= 50.4

    assert releases(server, name) == reserved
    assert 80 < wait(limiter, Priority.USER) <= 90.4
    assert len(releases(server, name)) == 10


def test_at_a_slow_rate_the_higher_priority_still_reaches_further(
    make: Make, server: Redis, name: str
) -> None:
    limiter = make(rate=0.1)
    for _ in range(10):
        wait(limiter, Priority.NIGHTLY)
    reserved = len(releases(server, name))

    wait(limiter, Priority.ADMIN)

    assert 2 <= reserved <= 3
    assert len(releases(server, name)) == reserved + 1


def test_who_would_wait_too_long_is_told_for_how_long(make: Make, server: Redis, name: str) -> None:
    limiter = make(rate=0.1)
    for _ in range(9):
        wait(limiter, Priority.USER)

    for priority in Priority:
        with pytest.raises(RateLimitedError) as raised:
            limiter.acquire(priority, max_wait_seconds=0.1)
        assert 80 < raised.value.retry_after <= 90.4
        assert raised.value.can_heal
    assert len(releases(server, name)) == 9


def test_a_pause_holds_for_all(make: Make) -> None:
    make().pause(30)
    make().pause(3)

    for priority in Priority:
        assert 25 < wait(make(), priority) <= 30
        with pytest.raises(RateLimitedError, match="No request may be sent to TMDb for "):
            make().acquire(priority, max_wait_seconds=5)


@pytest.mark.parametrize("seconds", [1e9, LONGEST_PAUSE_SECONDS])
def test_no_pause_is_longer_than_two_minutes(make: Make, seconds: float) -> None:
    make().pause(seconds)

    assert 115 < wait(make(), Priority.USER) <= 120


def test_a_pause_reaches_those_who_wait_already(make: Make) -> None:
    asked: list[float] = []

    def sleep(seconds: float) -> None:
        asked.append(seconds)
        if len(asked) > 1:
            leave(seconds)
        make(rate=0.1).pause(100)

    make(rate=0.1).acquire(Priority.USER, max_wait_seconds=0)
    with pytest.raises(LeftError):
        make(rate=0.1, sleep=sleep).acquire(Priority.USER, max_wait_seconds=HOUR)

    assert asked[0] <= 10.04
    assert 90 < asked[1] <= 100


def test_who_wakes_too_late_asks_anew(make: Make, server: Redis, name: str) -> None:
    asked: list[float] = []

    def sleep(seconds: float) -> None:
        asked.append(seconds)
        time.sleep(seconds + 0.05 * (len(asked) == 1))

    first = make(rate=2).acquire(Priority.USER, max_wait_seconds=0)
    second = make(rate=2, sleep=sleep).acquire(Priority.USER, max_wait_seconds=HOUR)

    # Its first slot was half a second after the other; what it got is later than it woke.
    assert second.at >= first.at + 550_000
    assert server.zscore(sends(name), second.send) == second.at + 1_040_000


def test_who_wakes_too_late_each_time_sends_in_the_end(
    make: Make, server: Redis, name: str
) -> None:
    asked: list[float] = []

    def oversleep(seconds: float) -> None:
        asked.append(seconds)
        # So many others come meanwhile that the next slot is one to wait for as well.
        while wait(make(), Priority.USER) < 0.2:
            pass
        time.sleep(seconds + 0.05)

    make().acquire(Priority.USER, max_wait_seconds=0)
    slot = make(sleep=oversleep).acquire(Priority.USER, max_wait_seconds=HOUR)

    assert len(asked) <= MOST_TRIES
    assert server.zscore(sends(name), slot.send) == slot.at + 1_040_000


def test_a_reply_that_took_too_long_is_asked_for_again(settings: LazySettings, name: str) -> None:
    seconds = iter([0.0, 0.0, 5.0, 5.0, 5.0])
    limiter = Limiter(
        settings.REDIS_URL,
        namespace=name,
        rate=1000,
        timeout_seconds=5,
        sleep=time.sleep,
        monotonic=lambda: next(seconds),
    )

    limiter.acquire(Priority.USER, max_wait_seconds=60)

    assert list(seconds) == []


def test_a_pace_that_was_lost_is_taken_up_with_care(make: Make, server: Redis, name: str) -> None:
    limiter = make(grace_seconds=60)
    assert wait(limiter, Priority.USER) == 0
    server.delete(f"{KEY_PREFIX}:{{{name}}}:state", sends(name))
    server.script_flush()

    # What was sent in the second before is forgotten, so it waits until that no longer counts.
    assert 50 < wait(limiter, Priority.USER) <= 61
    # And so does everybody else.
    assert 50 < wait(make(grace_seconds=60), Priority.USER) <= 61.1


def test_a_clock_that_was_set_back_has_nobody_wait_for_it(
    make: Make, server: Redis, name: str
) -> None:
    limiter = make(grace_seconds=60)
    wait(limiter, Priority.USER)
    server.hincrby(f"{KEY_PREFIX}:{{{name}}}:state", "tat", 24 * 3_600_000_000)

    assert 50 < wait(limiter, Priority.USER) <= 61


def test_credentials_and_servers_have_paces_of_their_own() -> None:
    given = [("https://a", "k"), ("https://a", "l"), ("https://b", "k"), ("https://a", "")]

    names = {namespace(*it) for it in given}

    assert len(names) == 4
    assert {len(it) for it in names} == {32}


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "", "nonsense://"])
def test_without_redis_nothing_is_sent(make: Make, url: str) -> None:
    limiter = make(url=url) if url else Limiter("", namespace="x", rate=1)

    with pytest.raises(LimiterAwayError) as raised:
        limiter.acquire(Priority.USER, max_wait_seconds=1)
    with pytest.raises(LimiterAwayError):
        limiter.pause(1)
    limiter.responded(Slot(send="x", at=0))

    assert raised.value.can_heal


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of one's own, to be ill-treated."""
    server = Valkey(tmp_path / "valkey", password="hunter2")
    server.start().wait_ready()
    yield server
    server.stop()


def test_redis_may_be_restarted(make: Make, valkey: Valkey) -> None:
    limiters = [make(url=valkey.url, sleep=time.sleep) for _ in range(2)]
    for limiter in limiters:
        limiter.acquire(Priority.NIGHTLY, max_wait_seconds=HOUR)
    valkey.kill()
    with pytest.raises(LimiterAwayError) as raised:
        limiters[0].acquire(Priority.NIGHTLY, max_wait_seconds=HOUR)
    assert "hunter2" not in str(raised.value)

    valkey.start().wait_ready()

    slots = [limiter.acquire(Priority.NIGHTLY, max_wait_seconds=HOUR) for limiter in limiters]
    assert slots[0].at + 100_000 <= slots[1].at


def test_a_hung_redis_is_away(make: Make, valkey: Valkey) -> None:
    limiter = Limiter(valkey.url, namespace="x", rate=10, timeout_seconds=0.1)
    limiter.acquire(Priority.USER, max_wait_seconds=HOUR)
    os.kill(valkey.pid, signal.SIGSTOP)

    try:
        with pytest.raises(LimiterAwayError):
            limiter.acquire(Priority.USER, max_wait_seconds=HOUR)
    finally:
        os.kill(valkey.pid, signal.SIGCONT)


def test_threads_share_a_limiter(make: Make, server: Redis, name: str) -> None:
    limiter = make(rate=50, sleep=time.sleep)
    with ThreadPoolExecutor(8) as pool:
        slots = list(
            pool.map(lambda _: limiter.acquire(Priority.USER, max_wait_seconds=HOUR), range(24))
        )

    moments = sorted(slot.at for slot in slots)
    assert len({slot.send for slot in slots}) == 24
    assert all(later - earlier >= 20_000 for earlier, later in pairwise(moments))
