"""Worker processes that build generations side by side, and how long they take."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.recommendations import actions, publishing
from apps.recommendations.models import Generation, RecommendationList
from tests.flows.processes import ROOT, python


@dataclass(frozen=True, kw_only=True)
class Round:
    """One generation: lists, wall-clock seconds, CPU seconds of all workers, each one's peak."""

    lists: int
    seconds: float
    cpu_seconds: float
    peak_rss_mb: list[int]

    @property
    def rate(self) -> float:
        """Users per second."""
        return self.lists / self.seconds


@dataclass(frozen=True)
class Measured:
    rounds: list[Round]
    opening_seconds: list[float]

    @property
    def rate(self) -> float:
        return statistics.median(each.rate for each in self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        rates = [each.rate for each in self.rounds]
        return min(rates), max(rates)

    @property
    def cpu_us(self) -> float:
        """Microseconds of the workers' CPU for each list; that of PostgreSQL comes on top."""
        return statistics.median(each.cpu_seconds / each.lists * 1e6 for each in self.rounds)

    @property
    def peak_rss_mb(self) -> int:
        """The most that one worker held in any round."""
        return max(peak for each in self.rounds for peak in each.peak_rss_mb)


def measure(
    model_version_id: int, *, workers: int, rounds: int, environment: Mapping[str, str]
) -> Measured:
    """Build the lists of all users so many times; the workers stay, as Celery's do.

    One more generation before is published, for the others to be compared with. Its lists and those
    of the last generation stay.
    """
    with _running(model_version_id, workers, environment) as processes:
        opened = [_answer(process)["opening_seconds"] for process in processes]
        _build(model_version_id, processes)
        publishing.publish(generation_id=Generation.objects.latest("pk").pk, at=timezone.now())
        return Measured([_build(model_version_id, processes) for _ in range(rounds)], opened)


def _build(model_version_id: int, processes: list[subprocess.Popen[str]]) -> Round:
    _forget_lists()
    generation = actions.request_generation(model_version_id=model_version_id, publish=False)
    began = time.monotonic()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(f"{generation.pk}\n")
        process.stdin.flush()
    told = [_answer(process) for process in processes]
    seconds = time.monotonic() - began
    return Round(
        lists=Generation.objects.get(pk=generation.pk).list_count,
        seconds=seconds,
        cpu_seconds=sum(each["cpu_seconds"] for each in told),
        peak_rss_mb=[each["peak_rss_mb"] for each in told],
    )


def _forget_lists() -> None:
    """Each round begins alike: with what is read, and without pages that wait to be written."""
    unread = RecommendationList.objects.exclude(generation__state=Generation.State.ACTIVE)
    unread.delete()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE recommendations_recommendationlist")
        cursor.execute("CHECKPOINT")


@contextmanager
def _running(
    model_version_id: int, workers: int, environment: Mapping[str, str]
) -> Iterator[list[subprocess.Popen[str]]]:
    command = python("-m", "tests.benchmarks.precompute.worker", str(model_version_id))
    processes = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(workers)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.communicate()


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"a worker ended with {process.wait()}")
    facts: dict[str, Any] = json.loads(line)
    return facts
