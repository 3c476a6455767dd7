"""Scopes and keys: what is counted, and what happens while Redis is away."""

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import pytest
from django.conf import LazySettings
from redis import Redis

from apps.core import metrics, throttling
from apps.core.sliding_windows import KEY_PREFIX
from apps.core.throttling import OPEN_SECONDS, Limiter, account_key
from stack.servers import Valkey
from tests.scrapes import value

SCOPE = "login_account"
# Nobody listens there.
AWAY = "redis://127.0.0.1:1/0"
TIMEOUT_SECONDS = 0.1


@pytest.fixture(autouse=True)
def patience(settings: LazySettings) -> None:
    """Where Redis is there, it may take its time on a busy machine."""
    settings.THROTTLE_TIMEOUT_SECONDS = 5


@pytest.fixture
def key() -> str:
    return uuid4().hex


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server of one's own, to be ill-treated."""
    server = Valkey(tmp_path / "valkey", password="hunter2")
    server.start().wait_ready()
    yield server
    server.stop()


def rates(settings: LazySettings, **given: str) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, **given}


def allowed(key: str, *, of: int, scope: str = SCOPE) -> int:
    return sum(throttling.hit(scope, key).is_allowed for _ in range(of))


def counted_alone() -> float:
    return value(metrics.exposition().decode(), "nexus_throttle_local_total")


def test_the_tightest_limit_gives_the_verdict(settings: LazySettings, key: str) -> None:
    rates(settings, **{SCOPE: "3/minute;4/hour"})

    first = throttling.hit(SCOPE, key)
    assert (first.is_allowed, first.limit, first.remaining) == (True, 3, 2)
    assert 1 <= first.reset_seconds <= 60
    assert allowed(key, of=2) == 2

    by_minute = throttling.hit(SCOPE, key)
    assert (by_minute.is_allowed, by_minute.limit, by_minute.remaining) == (False, 3, 0)
    # It had room by the hour, and has none now.
    by_hour = throttling.hit(SCOPE, key)
    assert (by_hour.is_allowed, by_hour.limit) == (False, 4)
    assert 60 < by_hour.reset_seconds <= 3601


def test_scopes_and_keys_are_counted_apart(settings: LazySettings, key: str) -> None:
    rates(settings, login_account="1/hour", register_account="1/hour")

    assert allowed(key, of=2) == 1
    assert allowed(f"{key}x", of=2) == 1
    assert allowed(key, of=2, scope="register_account") == 1


def test_after_the_time_told_it_passes_again(settings: LazySettings, key: str) -> None:
    rates(settings, **{SCOPE: "3/second"})
    while (verdict := throttling.hit(SCOPE, key)).is_allowed:
        pass

    sleep(verdict.reset_seconds)

    assert (verdict.limit, verdict.remaining) == (3, 0)
    assert verdict.reset_seconds in (1, 2)
    assert throttling.hit(SCOPE, key).is_allowed


def test_redis_holds_no_address(settings: LazySettings) -> None:
    throttling.hit(SCOPE, "grace@example.com")

    keys = b" ".join(Redis.from_url(settings.REDIS_URL).scan_iter(f"{KEY_PREFIX}:*"))
    assert SCOPE.encode() in keys
    assert b"grace" not in keys
    assert b"@" not in keys


@pytest.mark.parametrize(
    ("email", "key"),
    [
        (" ADA@Example.COM\n", "ada@example.com"),
        ("ada@example.com", "ada@example.com"),
        ("", None),
        ("  ", None),
        (None, None),
        (7, None),
        (["ada@example.com"], None),
    ],
)
def test_an_account_has_one_key(email: object, key: str | None) -> None:
    assert account_key(email) == key


@pytest.mark.parametrize("key", ["\ud800", "\x00", "x" * 1_000_000], ids=ascii)
def test_any_text_can_be_counted(settings: LazySettings, key: str) -> None:
    rates(settings, **{SCOPE: "1/second"})

    assert throttling.hit(SCOPE, key).limit == 1


@pytest.mark.parametrize("url", [AWAY, "", "nonsense://"])
def test_without_redis_each_process_keeps_the_limit_alone(
    settings: LazySettings, key: str, url: str
) -> None:
    settings.REDIS_URL = url
    rates(settings, **{SCOPE: "5/hour"})
    before = counted_alone()

    assert allowed(key, of=20) == 5

    assert counted_alone() - before == 20


def test_an_outage_is_logged_once_and_over_when_redis_is_back(
    settings: LazySettings, key: str, valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=throttling.logger.name)
    settings.REDIS_URL = valkey.url
    rates(settings, **{SCOPE: "1000/hour"})
    assert throttling.hit(SCOPE, key).remaining == 999

    valkey.kill()
    assert allowed(key, of=50) == 50
    sleep(OPEN_SECONDS)
    assert allowed(key, of=50) == 50
    valkey.start().wait_ready()
    sleep(OPEN_SECONDS)
    assert throttling.hit(SCOPE, key).remaining == 999

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert valkey.password not in caplog.text


def test_threads_that_find_redis_back_say_so_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger=throttling.logger.name)
    breaker = Limiter(AWAY, timeout_seconds=TIMEOUT_SECONDS)._breaker  # noqa: SLF001  # threads
    for _ in range(3):
        breaker.open()
        # Two saw it open and try: the second takes up where the first has closed it.
        for _ in range(2):
            breaker.half_open()
            breaker.close()

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"] * 3


def test_a_hung_redis_keeps_nobody_waiting(
    settings: LazySettings, key: str, valkey: Valkey
) -> None:
    settings.REDIS_URL = valkey.url
    rates(settings, **{SCOPE: "5/hour"})
    assert allowed(key, of=1) == 1
    settings.THROTTLE_TIMEOUT_SECONDS = TIMEOUT_SECONDS
    os.kill(valkey.pid, signal.SIGSTOP)

    try:
        began = monotonic()
        assert allowed(key, of=500) == 5
        seconds = monotonic() - began
    finally:
        os.kill(valkey.pid, signal.SIGCONT)

    # Each alone would have taken a time-out.
    assert seconds < 500 * TIMEOUT_SECONDS / 5
