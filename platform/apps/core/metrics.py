"""What `/metrics` shows: totals that processes count, and gauges read when it is asked.

Counters and histograms are made with `counter` and `histogram`; they are counted in the files
of METRICS_DIR when that is set (metric_files.py), by this process alone otherwise. Gauges
come from collectors that `register` names after the part of the platform they ask: what is away
shows as `nexus_up{part="…"} 0`, never as an error.
"""

import logging
import platform
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import django
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric

from .error_responses import error_body
from .errors import APIError, ErrorCode
from .metric_files import SharedCounts, UnreadableCounts, share_counts, shared_files

logger = logging.getLogger(__name__)

Collect = Callable[[], Iterable[Metric]]

# From a list that is only read (milliseconds) to a request that its time limit ends.
REQUEST_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# A scrape waits no longer for the parts, and says then which of them are away.
PART_SECONDS = 2.0

# When a total began is nothing that files of several processes could tell.
disable_created_metrics()  # type: ignore[no-untyped-call]
_own = CollectorRegistry()
if settings.METRICS_DIR:
    share_counts(Path(settings.METRICS_DIR), name=settings.METRICS_NAME)


def counter(name: str, documentation: str, labels: Sequence[str] = ()) -> Counter:
    return Counter(name, documentation, labels, registry=_own)


def histogram(
    name: str, documentation: str, labels: Sequence[str] = (), *, buckets: Sequence[float]
) -> Histogram:
    return Histogram(name, documentation, labels, buckets=buckets, registry=_own)


HTTP_REQUESTS = counter(
    "nexus_http_requests_total", "Requests answered.", ("method", "route", "status")
)
HTTP_SECONDS = histogram(
    "nexus_http_request_seconds",
    "Seconds from the first middleware to the response.",
    ("method", "route"),
    buckets=REQUEST_BUCKETS,
)


@dataclass
class _Answer:
    metrics: list[Metric] = field(default_factory=list)
    is_complete: bool = False
    is_over: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)

    def wait(self) -> None:
        self.is_over.wait(max(0.0, self.began + PART_SECONDS - time.monotonic()))


class Part:
    """What can be away: it is asked on a thread of its own, because who asks may hang with it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.collects: list[Collect] = []
        self._lock = threading.Lock()
        # While one thread hangs, no other one joins it.
        self._current: _Answer | None = None
        self._is_away = False

    def ask(self) -> _Answer:
        """To be waited for; all who ask meanwhile share it.

        Of a part that was away last time only the first one waits for the answer, so that those
        who ask for it leave threads to everybody else.
        """
        with self._lock:
            if self._current is None:
                return self._start()
            return _Answer(began=-PART_SECONDS) if self._is_away else self._current

    def take(self, answer: _Answer) -> tuple[list[Metric], bool]:
        """What it holds in time, and whether this is all."""
        answer.wait()
        is_complete = answer.is_complete
        self._is_away = not is_complete
        return list(answer.metrics), is_complete

    def _start(self) -> _Answer:
        answer = _Answer()
        try:
            # A daemon, so that what hangs keeps no process from ending.
            threading.Thread(target=self._collect, args=[answer], daemon=True).start()
        except RuntimeError as error:
            logger.warning("Nobody asks the %s for metrics: %r", self.name, error)
            answer.is_over.set()
        else:
            self._current = answer
        return answer

    def _collect(self, answer: _Answer) -> None:
        try:
            for collect in self.collects:
                answer.metrics.extend(list(collect()))
            answer.is_complete = True
        except Exception as error:  # noqa: BLE001  # whatever it is, the rest is still worth having
            logger.warning("No metrics of the %s: %r", self.name, error)
        finally:
            with self._lock:
                self._current = None
            answer.is_over.set()
            # Connections belong to threads, and this one ends.
            connections.close_all()


_parts: dict[str, Part] = {}


def register(part: str, collect: Collect) -> None:
    """Have `/metrics` call `collect` each time; what it raises means that `part` is away."""
    _parts.setdefault(part, Part(part)).collects.append(collect)


def gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Scrape())
    return generate_latest(registry)


class _Scrape:
    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("nexus_up", "Whether a part could be asked.", labels=["part"])
        asked = [(part, part.ask()) for part in _parts.values()]
        yield _build_info()
        counted, is_shared = _counted()
        yield from counted
        up.add_metric(["counts"], float(is_shared))
        for part, answer in asked:
            metrics, is_complete = part.take(answer)
            yield from metrics
            up.add_metric([part.name], float(is_complete))
        yield up


def _counted() -> tuple[Iterable[Metric], bool]:
    """The totals, and whether they are those of all processes that should count together."""
    root = settings.METRICS_DIR
    if not root or shared_files.failed:
        return _own.collect(), not root
    try:
        return SharedCounts(Path(root)).collect(), True
    except UnreadableCounts as error:
        logger.warning("%s", error)
        return [], False


def _build_info() -> Metric:
    info = GaugeMetricFamily(
        "nexus_build_info", "What runs here.", labels=["version", "django", "python"]
    )
    info.add_metric([_version(), django.__version__, platform.python_version()], 1)
    return info


def _version() -> str:
    try:
        return version("nexus")
    except PackageNotFoundError:
        return "unknown"


def metrics_view(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for whoever sends METRICS_TOKEN as a bearer token if it is set."""
    if not _is_allowed(request):
        error = APIError(
            ErrorCode.NOT_AUTHENTICATED, "Send the metrics token: `Authorization: Bearer <token>`."
        )
        headers = {"WWW-Authenticate": 'Bearer realm="metrics"'}
        return JsonResponse(error_body(error), status=error.code.status, headers=headers)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _is_allowed(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    sent = request.headers.get("Authorization", "")
    return not token or constant_time_compare(sent, f"Bearer {token}")
