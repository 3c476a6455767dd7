"""What being watched costs: logs and metrics of a request, health and metrics when they are asked.

`make bench-operations` times the middlewares in one process, each round against the bare view, and
then asks the platform that `make up` started. It prints a table and last one JSON line.
"""

import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
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
PATHS = {
    "a list of films": "/api/v1/movies/?page_size=1",
    "/health/live": "/health/live",
    "/health/ready, two checks": "/health/ready?checks=database,migrations",
    "/health/ready": "/health/ready",
    "/metrics": "/metrics",
}

Handler = Callable[[HttpRequest], HttpResponse]


def view(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"")


def handlers() -> dict[str, Handler]:
    """The bare view, and with the middlewares around it."""
    from apps.core.middleware import RequestIDMiddleware
    from apps.core.request_log import RequestLogMiddleware

    return {
        "bare view": view,
        "request id": RequestIDMiddleware(view),
        "request id, metrics, log line": RequestIDMiddleware(RequestLogMiddleware(view)),
    }


def time_handlers() -> dict[str, list[float]]:
    """Microseconds a call, one figure a round; in each round every handler has its turn."""
    from django.test import RequestFactory

    timed: dict[str, list[float]] = {name: [] for name in handlers()}
    request = RequestFactory().get("/api/v1/movies/")
    for _ in range(ROUNDS):
        for name, handler in handlers().items():
            began = time.perf_counter()
            for _ in range(CALLS):
                handler(request)
            timed[name].append((time.perf_counter() - began) / CALLS * 1e6)
    return timed


def set_up(folder: str) -> None:
    """Django as in production: metrics shared by processes, one JSON line for each request."""
    os.environ |= {
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
        report = {
            "us_per_call": {name: summary(values) for name, values in time_handlers().items()},
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
