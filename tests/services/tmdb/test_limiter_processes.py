"""Processes that share a pace: what the server sees of them in any second."""

import json
import subprocess
import sys
from dataclasses import dataclass
from uuid import uuid4

from django.conf import LazySettings

from services.tmdb.limiter import Priority

from .server import TMDb

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Processes of one priority, each with several threads."""

    priority: Priority
    processes: int
    threads: int
    requests: int

    @property
    def total(self) -> int:
        return self.processes * self.threads * self.requests


def let_send(
    tmdb: TMDb, settings: LazySettings, *crowds: Crowd, rate: float, grace_seconds: float
) -> None:
    """The grace is what this machine may let a request wait on its way to the server."""
    limiter = {"namespace": uuid4().hex, "rate": rate, "grace_seconds": grace_seconds}
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.services.tmdb.sending"),
                json.dumps(
                    {
                        "redis_url": settings.REDIS_URL,
                        "limiter": limiter,
                        "port": tmdb.server_address[1],
                        "priority": crowd.priority,
                        "threads": crowd.threads,
                        "requests": crowd.requests,
                    }
                ),
            ]
        )
        for crowd in crowds
        for _ in range(crowd.processes)
    ]
    assert [process.wait() for process in running] == [0] * len(running)
    assert len(tmdb.arrivals) == sum(crowd.total for crowd in crowds)


def most_in_one_second(tmdb: TMDb, *, second_ns: int = SECOND_NS) -> int:
    moments = sorted(arrival.at_ns for arrival in tmdb.arrivals)
    return max(sum(first <= moment < first + second_ns for moment in moments) for first in moments)


def test_no_second_has_more_requests_than_the_rate(tmdb: TMDb, settings: LazySettings) -> None:
    crowds = [
        Crowd(priority=priority, processes=1, threads=3, requests=12) for priority in Priority
    ]

    let_send(tmdb, settings, *crowds, rate=40, grace_seconds=30)

    assert most_in_one_second(tmdb) <= 40


def test_a_fractional_rate_leaves_its_fraction(tmdb: TMDb, settings: LazySettings) -> None:
    crowd = Crowd(priority=Priority.ADMIN, processes=3, threads=2, requests=1)

    let_send(tmdb, settings, crowd, rate=3.5, grace_seconds=2)

    assert most_in_one_second(tmdb) <= 3


def test_a_slow_rate_leaves_its_whole_interval(tmdb: TMDb, settings: LazySettings) -> None:
    crowd = Crowd(priority=Priority.USER, processes=3, threads=1, requests=1)

    let_send(tmdb, settings, crowd, rate=0.8, grace_seconds=2)

    assert most_in_one_second(tmdb, second_ns=SECOND_NS * 5 // 4) == 1
