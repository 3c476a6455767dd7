"""HTTP servers and their settings side by side, and the connections to PostgreSQL they open.

`make bench-servers` (`ARGS=--small` to try) fills an empty platform by SQL and starts the web
server with each of some servers and settings. In rounds whose order turns it asks each for
something cheap, the genres, and for recommendations, by 16 connections, by one, and by 200. CPU
milliseconds are those that the server's processes take for a request: on a busy machine they say
more than the clock. Last, 500 connections ask for recommendations, while the connections of the
database are counted, with connections kept and checked in several ways. It prints tables, and last
one JSON line.
"""

import argparse
import json
import signal
import statistics
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.__main__ import SMALL, terminate
from tests.benchmarks.viewer_library.filling import Sizes
from tests.flows.live import LivePlatform

from .asking import CHEAP_PATH, PATH, request_of, send_load
from .filled import Filled, filled_platform
from .load import Job, Measured
from .servers import CANDIDATES, SETTLE_SECONDS, Running, Way, running, server_of

CLIENTS = 500
POLL_S = 0.1
# Of what is asked for, and by how many connections.
SHAPES = (
    *(("genres", CHEAP_PATH, 16), ("genres", CHEAP_PATH, 1)),
    *(("list", PATH, 16), ("list", PATH, 1), ("list", PATH, 200)),
)
_CONNECTIONS = "tests.benchmarks.serving.connections"
KEPT: Mapping[str, Mapping[str, str]] = {
    "as shipped": {},
    **{
        name.replace("_", " "): {"DJANGO_SETTINGS_MODULE": f"{_CONNECTIONS}.{name}"}
        for name in ("asked_each_time", "unchecked", "new_each_time")
    },
}
_COUNT = """
    SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND application_name = 'nexus'
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    measured: Measured
    cpu_ms: float


@contextmanager
def counted(live: LivePlatform) -> Iterator[list[int]]:
    """How many of the platform's there were, looked at again and again."""
    counts: list[int] = []
    is_over = threading.Event()

    def count() -> None:
        while not is_over.wait(POLL_S):
            counts.append(int(live.row(_COUNT)[0]))

    watching = threading.Thread(target=count)
    watching.start()
    try:
        yield counts
    finally:
        is_over.set()
        watching.join()


def ask(
    server: Running, filled: Filled, path: str, *, connections: int, seconds: float, seed: int
) -> Asked:
    job = Job(
        port=server.port,
        requests=[request_of(token, path=path) for token in filled.tokens],
        connections=connections,
        seconds=seconds,
        seed=seed,
    )
    before = server.cpu_seconds()
    measured = send_load(job)
    cpu_ms = (server.cpu_seconds() - before) * 1000 / max(measured.requests, 1)
    return Asked(measured=measured, cpu_ms=round(cpu_ms, 3))


def measure(filled: Filled, names: Sequence[str], *, rounds: int, seconds: float) -> dict[str, Any]:
    asked: dict[tuple[str, str], list[Asked]] = defaultdict(list)
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            with started(filled, name) as server:
                for what, path, connections in SHAPES:
                    each = ask(
                        *(server, filled, path),
                        connections=connections,
                        seconds=seconds,
                        seed=number,
                    )
                    asked[name, f"{what}, {connections}"].append(each)
                    say_one(number, name, f"{what}, {connections}", each)
    show(asked)
    return {f"{name}: {shape}": summary(each) for (name, shape), each in asked.items()}


@contextmanager
def started(filled: Filled, name: str, variables: Mapping[str, str] = {}) -> Iterator[Running]:
    """Warm: its threads have their connections to the database, its processes most films."""
    way = Way(name="shipped", variables=variables)
    with running(server_of(name), way, filled.live.environment, filled.live.folder) as server:
        ask(server, filled, PATH, connections=32, seconds=SETTLE_SECONDS, seed=0)
        yield server


def say_one(number: int, name: str, shape: str, asked: Asked) -> None:
    measured = asked.measured
    say(
        f"Round {number + 1}: {name}, {shape}: {measured.requests_per_second} a second,"
        f" p50 {measured.p50_ms} ms, {asked.cpu_ms} CPU ms, errors {measured.errors}"
    )


def summary(asked: Sequence[Asked]) -> dict[str, Any]:
    def median(name: str) -> float:
        return statistics.median(getattr(each.measured, name) for each in asked)

    return {
        "requests_per_second": median("requests_per_second"),
        "requests_per_second_rounds": [each.measured.requests_per_second for each in asked],
        "p50_ms": median("p50_ms"),
        "p99_ms": median("p99_ms"),
        "cpu_ms": statistics.median(each.cpu_ms for each in asked),
        "cpu_ms_rounds": [each.cpu_ms for each in asked],
        "errors": sum(sum(each.measured.errors.values()) for each in asked),
    }


def show(asked: Mapping[tuple[str, str], Sequence[Asked]]) -> None:
    say(f"\n{'':16} {'asked, by':12} {'per second':>24} {'p50':>8} {'p99':>9} {'CPU ms':>7}")
    for (name, shape), each in asked.items():
        figures = summary(each)
        rates = figures["requests_per_second_rounds"]
        spread = f"{figures['requests_per_second']:.1f} ({min(rates)}-{max(rates)})"
        say(
            f"{name:16} {shape:12} {spread:>24} {figures['p50_ms']:8.2f}"
            f" {figures['p99_ms']:9.2f} {figures['cpu_ms']:7.2f}"
        )


def many_clients(filled: Filled, name: str, *, rounds: int, seconds: float) -> dict[str, Any]:
    """With connections that are kept, and checked, in several ways."""
    asked: dict[tuple[str, str], list[Asked]] = defaultdict(list)
    most: dict[str, int] = defaultdict(int)
    for number in range(rounds):
        for way in KEPT if number % 2 == 0 else reversed(KEPT):
            with started(filled, name, KEPT[way]) as server, counted(filled.live) as counts:
                for connections in (CLIENTS, 1):
                    each = ask(
                        *(server, filled, PATH),
                        connections=connections,
                        seconds=seconds,
                        seed=number,
                    )
                    asked[way, f"list, {connections}"].append(each)
                    say_one(number, way, f"list, {connections}", each)
            most[way] = max(most[way], *counts)
            say(f"Round {number + 1}: {way}, {most[way]} connections to the database")
    show(asked)
    figures = {f"{way}: {shape}": summary(each) for (way, shape), each in asked.items()}
    return {"server": name, "most_connections": dict(most), **figures}


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-servers", description=__doc__)
    parser.add_argument("--films", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--servers", default=",".join(CANDIDATES), help="such as 'gthread 2x4'")
    parser.add_argument("--clients-of", default="gthread 2x4", help="the server of 500 clients")
    parser.add_argument("--small", action="store_true", help="to try it out")
    options = parser.parse_args(arguments)
    if options.small:
        sizes = {name: SMALL[name] for name in ("films", "users", "ratings")}
        vars(options).update(sizes | {"rounds": 2, "seconds": 2.0})
    return options


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, terminate)
    sizes = Sizes(films=options.films, users=options.users, ratings=options.ratings)
    names = options.servers.split(",")
    with filled_platform(sizes, is_ordinary_too=False) as filled:
        result = measure(filled, names, rounds=options.rounds, seconds=options.seconds)
        clients = many_clients(
            filled, options.clients_of, rounds=options.rounds, seconds=options.seconds
        )
        result = {"servers": result, f"clients_{CLIENTS}": clients} | filled.described()
    say(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
