"""What being watched and counted costs: logs, metrics and throttles of a request, health checks.

`make bench-operations` times the middlewares in one process, each round against the bare view, then
the throttles against the Redis that `make up` started, and then asks the platform that it started.
It prints a table and last one JSON line.
"""

import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import django
import requests
from django.http import HttpRequest, HttpResponse

from stack.tour import running_api_url
from tests.benchmarks.machine import describe_machine

STACK_FILE = Path(".local/stack.json")
ROUNDS = 60
CALLS = 300
ASKED = 200
# Nobody listens there.
NO_REDIS = "redis://127.0.0.1:1/0"
PATHS = {
    "a list of films": "/api/v1/movies/?page_size=1",
    "/health/live": "/health/live",
    "/health/ready, two checks": "/health/ready?checks=database,migrations",
    "/health/ready": "/health/ready",
    "/metrics": "/metrics",
}

Handler = Callable[[HttpRequest], HttpResponse]
Call = Callable[[], object]


def view(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"")


def middlewares() -> dict[str, Call]:
    """The bare view, and with the middlewares around it."""
    from django.test import RequestFactory

    from apps.core.middleware import RequestIDMiddleware
    from apps.core.request_log import RequestLogMiddleware

    request = RequestFactory().get("/api/v1/movies/")
    handlers: dict[str, Handler] = {
        "bare view": view,
        "request id": RequestIDMiddleware(view),
        "request id, metrics, log line": RequestIDMiddleware(RequestLogMiddleware(view)),
    }
    return {name: partial(handler, request) for name, handler in handlers.items()}


def throttles() -> dict[str, Call]:
    """A question to Redis, a request counted there, and what `limits` itself would take for it."""
    from django.conf import settings
    from limits import parse
    from limits.storage import RedisStorage
    from limits.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter

    from apps.core import throttling
    from apps.core.sliding_windows import Counter

    settings.THROTTLE_RATES = {"one": "9999999/minute", "two": "9999999/minute;9999999/hour"}
    storage = RedisStorage(settings.REDIS_URL, key_prefix="nexus:benchmark")
    limit = parse("9999999/minute")

    def strategy(kind: type[FixedWindowRateLimiter | SlidingWindowCounterRateLimiter]) -> Call:
        limiter, key = kind(storage), kind.__name__
        return lambda: (limiter.hit(limit, key), limiter.get_window_stats(limit, key))

    return {
        "ping": storage.storage.ping,
        "throttle, one limit": partial(throttling.hit, "one", "somebody"),
        "throttle, two limits": partial(throttling.hit, "two", "somebody"),
        "throttle, Redis away": partial(
            throttling.Limiter(NO_REDIS, timeout_seconds=0.1).hit, [Counter("somebody", limit)]
        ),
        "limits, fixed window": strategy(FixedWindowRateLimiter),
        "limits, sliding window": strategy(SlidingWindowCounterRateLimiter),
    }


def time_calls(calls: Mapping[str, Call]) -> dict[str, list[float]]:
    """Microseconds a call, one figure a round; in each round every call has its turn."""
    timed: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            began = time.perf_counter()
            for _ in range(CALLS):
                call()
            timed[name].append((time.perf_counter() - began) / CALLS * 1e6)
    return timed


def set_up(folder: str) -> None:
    """Django as in production: metrics shared by processes, one JSON line for each request."""
    os.environ |= {
        "REDIS_URL": json.loads(STACK_FILE.read_text())["redis_url"],
        "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test",
        "METRICS_DIR": folder,
        "LOG_FORMAT": "json",
    }
    django.setup()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(Path(os.devnull).open("w"))  # noqa: SIM115  # ends with the process


def time_platform(base: str) -> dict[str, list[float]]:
    """Milliseconds a request over HTTP, one after the other on one connection."""
    session = requests.Session()
    timed: dict[str, list[float]] = {name: [] for name in PATHS}
    for _ in range(ASKED):
        for name, path in PATHS.items():
            began = time.perf_counter()
            session.get(f"{base}{path}", timeout=30).raise_for_status()
            timed[name].append((time.perf_counter() - began) * 1000)
    return timed


def summary(values: Sequence[float]) -> dict[str, float]:
    p5, *_, p95 = statistics.quantiles(values, n=20)
    return {"p5": round(p5, 2), "p50": round(statistics.median(values), 2), "p95": round(p95, 2)}


def main() -> int:
    if not STACK_FILE.exists():
        sys.stderr.write("No platform is running here: start it with `make up`.\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        set_up(folder)
        timed = time_calls(middlewares()) | time_calls(throttles())
        report = {
            "us_per_call": {name: summary(values) for name, values in timed.items()},
            "ms_over_http": {
                name: summary(values)
                for name, values in time_platform(
                    running_api_url(STACK_FILE).removesuffix("/api/v1")
                ).items()
            },
        }
    for unit, rows in report.items():
        for name, figures in rows.items():
            sys.stdout.write(f"{unit:13} {name:32} {figures}\n")
    sys.stdout.write(json.dumps({"machine": describe_machine(), **report}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
