"""What each request to the API takes on a platform with 100,000 films and a million ratings.

`make bench-library` (`ARGS=--small` to try) fills an empty platform by SQL, starts the web server
as `make up` does, and sends every operation over HTTP, one request after the other on one
connection, as a different viewer each time; then those of the library as the one viewer with 20,000
ratings. After that many connections write at once, and what they wrote must add up. No workers run:
they would be elsewhere. It prints p50, p95 and the longest in milliseconds, and last one JSON line.
"""

import argparse
import json
import os
import random
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import django

from stack.postgres_settings import POSTGRES_SETTINGS
from stack.servers import Postgres, Valkey
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library import operations, recommended
from tests.benchmarks.viewer_library.drawing import Drawing
from tests.benchmarks.viewer_library.filling import Sizes, fill
from tests.benchmarks.viewer_library.operations import Maker
from tests.benchmarks.viewer_library.storm import WRITES, post_one_favourite, promise, write_at_once
from tests.benchmarks.viewer_library.timing import Figures, time_every, time_heavy
from tests.flows.live import LivePlatform

ASKED = 200
ASKED_HEAVY = 50
SMALL = {"films": 5_000, "users": 1_000, "ratings": 50_000, "asked": 20, "writes": 1_000}
RATES = (
    *("user", "anonymous", "login_account", "login_address", "register_account"),
    *("register_address", "mail_account", "mail_address", "mail_token_address"),
    *("password_user", "export_user", "explanation_user", "events_user", "feedback_user"),
    "refresh_user",
)
VARIABLES = {
    "DJANGO_SETTINGS_MODULE": "movie_backend.settings.local",
    "WEB_CONCURRENCY": "2",
    "WEB_THREADS": "4",
    # Nothing is sent there: that is the workers' part.
    "TMDB_API_TOKEN": "of-a-benchmark",
    "TMDB_URL": "http://127.0.0.1:1",
    # Counted as ever, but never refused.
    **{f"THROTTLE_{rate.upper()}": "1000000/minute" for rate in RATES},
}


@contextmanager
def platform(explained_ms: int | None) -> Iterator[LivePlatform]:
    """On servers that keep what was committed, as those of `make up` do."""
    explaining = {
        "session_preload_libraries": "auto_explain",
        "auto_explain.log_min_duration": str(explained_ms),
        "auto_explain.log_analyze": "on",
        "auto_explain.log_timing": "off",
        "auto_explain.log_buffers": "on",
    }
    settings = {**POSTGRES_SETTINGS, **(explaining if explained_ms else {})}
    keys = {name: secrets.token_hex(32) for name in ("SECRET_KEY", "SIGNING_KEY")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            Postgres(folder / "pg", settings=settings) as postgres,
            Valkey(folder / "valkey") as valkey,
        ):
            live = LivePlatform(
                postgres.url, valkey, folder, variables=VARIABLES | keys, programs=("web",)
            )
            live.manage("migrate", "-v0")
            try:
                yield live
            finally:
                live.stop()
                if explained_ms:
                    say(postgres.log.read_text(errors="replace"))


def set_up(live: LivePlatform) -> None:
    """Django in this process, to sign tokens with the platform's key."""
    os.environ |= live.environment
    django.setup()


def not_measured() -> list[str]:
    """Operations that the OpenAPI document has and this benchmark does not."""
    from tests.apps.operations import documented

    known = {operations.name_of(name) for name in operations.EVERY} | operations.LEFT_OUT
    return sorted(documented().keys() - known)


def chosen(makers: Mapping[str, Maker], part: str) -> dict[str, Maker]:
    return {name: maker for name, maker in makers.items() if part in name}


def measure(
    live: LivePlatform, sizes: Sizes, *, asked: int, writes: int, only: str
) -> dict[str, Any]:
    rows = fill(live.database_url, sizes)
    say(f"Rows: {rows}")
    live.start()
    set_up(live)
    say(f"Not measured: {', '.join(not_measured()) or 'nothing'}")
    global_stats_seconds = recommended.time_global_stats()
    draw = Drawing(live.database_url, sizes, random.Random(6))
    say(f"\nEach {asked} times, as other viewers{'p50':>17} {'p95':>8} {'max':>8}")
    every = time_every(live.url, draw, chosen(operations.EVERY, only), asked=asked)
    say(f"\nAs the viewer with {sizes.heavy:,} ratings")
    of_libraries = chosen(operations.OF_LIBRARIES, only)
    heavy = time_heavy(live.url, draw, of_libraries, asked=min(asked, ASKED_HEAVY))
    report = {
        "rows": rows,
        "global_stats_seconds": global_stats_seconds,
        "asked": asked,
        "ms": {name: asdict(figures) for name, figures in every.items()},
        "heavy_viewer_ms": {name: asdict(figures) for name, figures in heavy.items()},
        "slowest_p95_ms": slowest(every),
        "slowest_p95_heavy_ms": slowest(heavy),
        "not_measured": not_measured(),
    }
    return report if only else report | write_all_at_once(live, draw, writes=writes)


def write_all_at_once(live: LivePlatform, draw: Drawing, *, writes: int) -> dict[str, Any]:
    deadlocks = count_deadlocks(live)
    favourite = post_one_favourite(live.url, draw)
    storm = write_at_once(live.url, draw, writes=writes)
    # What its sessions have seen they tell the database when they end.
    live.stop()
    promise(count_deadlocks(live) == deadlocks, "no two writes wait for each other")
    return {"one_favourite": favourite, "storm": asdict(storm)}


def slowest(figures: dict[str, Figures]) -> float:
    return max((each.p95 for each in figures.values()), default=0.0)


def count_deadlocks(live: LivePlatform) -> int:
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return int(live.row(query)[0])


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-library", description=__doc__)
    parser.add_argument("--films", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=ASKED, help="requests of each operation")
    parser.add_argument("--writes", type=int, default=WRITES, help="by all connections at once")
    parser.add_argument(
        "--only", default="", metavar="PART", help="of the operations with this in their names"
    )
    parser.add_argument("--small", action="store_true", help="to try it out")
    parser.add_argument(
        "--explain", type=int, metavar="MS", help="show the plans of statements that take longer"
    )
    options = parser.parse_args(arguments)
    if options.small:
        vars(options).update(SMALL)
    return options


def version(live: LivePlatform) -> str:
    return str(live.row("SHOW server_version")[0])


def terminate(*_: object) -> NoReturn:
    """Leave by way of everything that stops servers."""
    raise SystemExit(1)


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, terminate)
    sizes = Sizes(films=options.films, users=options.users, ratings=options.ratings)
    with platform(options.explain) as live:
        result = measure(live, sizes, asked=options.asked, writes=options.writes, only=options.only)
        result |= {"postgres": version(live), "machine": describe_machine()}
    say(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
