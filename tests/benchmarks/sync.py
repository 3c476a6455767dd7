"""How fast the catalogue is synced, and whether it keeps to its rate, against the stand-in.

`make bench-sync` (`ARGS="--rate 40"`) first takes an export of 1.24 million lines into an empty
catalogue, and the one of the next day, in which every popularity differs. Then two processes of a
catalog worker fetch the details of every title at the rate; half way both are killed with -9 and
started anew. Rates are those of the server's own log. It prints what it does, and last one JSON
line.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg2

from stack.servers import Valkey
from tests.benchmarks.machine import describe_machine
from tests.flows.live import LivePlatform, fresh_database
from tests.flows.processes import ROOT, python
from tests.tmdb_server.arrivals import most_in_one_second
from tests.tmdb_server.stand_in import StandIn

EXPORT_LINES = 1_240_000
RATE = 200
SYNC_SECONDS = 1_800.0
ARRIVING_SECONDS = 1.0
KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Command:
    """A command of manage.py that ran to its end, and the most memory that it held."""

    seconds: float
    peak_mib: int
    output: str


@dataclass(frozen=True, kw_only=True)
class Exports:
    lines: int
    seconds_first: float
    seconds_next_day: float
    peak_mib: int


@dataclass(frozen=True, kw_only=True)
class Pace:
    titles: int
    missing: int
    fetched_twice: int
    mean_rate: float
    max_in_one_second: int
    outage_seconds: float


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(environment: Mapping[str, str], *arguments: str) -> Command:
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            python("manage.py", *arguments),
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        output.seek(0)
        text = output.read().strip()
    if process.returncode:
        raise RuntimeError(text)
    return Command(seconds, round(usage.ru_maxrss / KIB_PER_MIB), text)


def leads_to(server: StandIn, *, rate: float) -> dict[str, str]:
    return {
        "TMDB_URL": server.url,
        "TMDB_EXPORT_URL": server.export_url,
        "TMDB_API_TOKEN": server.token,
        "TMDB_REQUESTS_PER_SECOND": str(rate),
    }


def measure_exports(live: LivePlatform, server: StandIn) -> Exports:
    today = datetime.now(UTC).date()
    commands = []
    for day in (today - timedelta(days=1), today):
        # The newest that the server has is taken; making the file is not what is measured.
        server.configure(today=day)
        server.write_export(day)
        environment = {**live.environment, **leads_to(server, rate=RATE)}
        commands.append(run(environment, "sync", "export", "--ids-only", "--no-progress"))
        say(f"{day}: {commands[-1].output} {commands[-1].peak_mib} MiB")
    first, next_day = commands
    return Exports(
        lines=EXPORT_LINES,
        seconds_first=round(first.seconds, 1),
        seconds_next_day=round(next_day.seconds, 1),
        peak_mib=max(first.peak_mib, next_day.peak_mib),
    )


def measure_pace(live: LivePlatform, server: StandIn) -> Pace:
    live.start()
    server.forget_arrivals()
    say(live.manage("sync", "export", "--no-wait").strip())
    titles = wait_for_titles(live)
    live.eventually(lambda: fetched(live) >= titles // 2, within=SYNC_SECONDS)
    killed_at = time.monotonic()
    live.processes["catalog"].kill()
    say(f"{fetched(live):,} of {titles:,} fetched: both worker processes killed")
    live.eventually(lambda: state(live) != "running", within=SYNC_SECONDS)
    say(f"The sync is {state(live)}.")
    for failures in live.rows("SELECT failures FROM movies_syncrun WHERE failed > 0"):
        say(f"Failed: {failures[0]}")
    return judge(server, titles=titles, here=fetched(live), killed_at=killed_at)


def judge(server: StandIn, *, titles: int, here: int, killed_at: float) -> Pace:
    asked = [arrival for arrival in server.arrivals() if arrival.path.startswith("/3/movie/")]
    times = sorted(arrival.at for arrival in asked)
    # What was sent when the workers were killed arrives a moment later.
    resumed_at = max(
        (later - earlier, later)
        for earlier, later in pairwise(times)
        if earlier <= killed_at + ARRIVING_SECONDS and later > killed_at
    )[1]
    before = [at for at in times if at < resumed_at]
    after = [at for at in times if at >= resumed_at]
    # The time in which no worker ran says nothing about its rate.
    seconds = (before[-1] - before[0]) + (after[-1] - after[0])
    often = Counter(arrival.path for arrival in asked)
    return Pace(
        titles=titles,
        missing=titles - here,
        fetched_twice=sum(count - 1 for count in often.values()),
        mean_rate=round((len(before) + len(after) - 2) / seconds, 2),
        max_in_one_second=most_in_one_second(times),
        outage_seconds=round(after[0] - before[-1], 1),
    )


def wait_for_titles(live: LivePlatform) -> int:
    """How many titles the run queued."""

    def queued() -> int:
        row = live.rows("SELECT count(*) FROM movies_movie WHERE from_tmdb")
        titles = live.rows("SELECT phase FROM movies_syncrun WHERE phase <> 'prepare'")
        return int(row[0][0]) if titles else 0

    count: int = live.eventually(queued, within=SYNC_SECONDS)
    return count


def fetched(live: LivePlatform) -> int:
    return int(live.row("SELECT count(*) FROM movies_movie WHERE synced_at IS NOT NULL")[0])


def state(live: LivePlatform) -> str:
    return str(live.row("SELECT state FROM movies_syncrun ORDER BY id DESC LIMIT 1")[0])


def platform(stack: ExitStack, server: StandIn, *, rate: float) -> LivePlatform:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    live = LivePlatform(
        stack.enter_context(fresh_database(os.environ["DATABASE_URL"])),
        stack.enter_context(Valkey(folder / "valkey")),
        folder,
        variables=leads_to(server, rate=rate),
        programs=("web", "realtime", "catalog", "beat"),
    )
    live.manage("migrate", "-v0")
    stack.callback(live.stop)
    return live


def catalogue() -> Path | None:
    folder = os.environ.get("NEXUS_DATASETS")
    if not folder:
        say("NEXUS_DATASETS is not set: the titles are those of the starter set.")
        return None
    return Path(folder) / "tmdb" / "catalog.jsonl"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench-sync", description=__doc__)
    parser.add_argument("--rate", type=float, default=RATE, help="requests a second")
    parser.add_argument("--log", type=Path, help="write the server's log of the pace here")
    parser.add_argument("--no-export", action="store_true", help="leave out the export")
    options = parser.parse_args(arguments)
    result: dict[str, Any] = {"configured_rate": options.rate}
    if not options.no_export:
        with ExitStack() as stack:
            big = stack.enter_context(StandIn(rate=0, export_lines=EXPORT_LINES))
            exports = measure_exports(platform(stack, big, rate=RATE), big)
        result |= {f"export_{name}": value for name, value in asdict(exports).items()}
    with ExitStack() as stack:
        # Without a limit of its own it shows what would have been refused.
        server = stack.enter_context(StandIn(catalogue=catalogue(), rate=0, log=options.log))
        result |= asdict(measure_pace(platform(stack, server, rate=options.rate), server))
    result |= {"postgres": version(), **describe_machine()}
    say(json.dumps(result))
    return 0


def version() -> int:
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection:
        return int(connection.server_version)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
