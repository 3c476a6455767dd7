"""`make bench-push`: opens streams, flips a generation, builds single lists, and counts.

The clients run in this process, on the same machine as the servers.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import django
import psutil
from rich.console import Console
from rich.table import Table

from stack.ports import free_port

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "movie_backend.settings.test")
os.environ.setdefault("LOG_LEVEL", "WARNING")
django.setup()

from .clients import Client, open_all, wait_all  # noqa: E402  # after the settings
from .rows import Rows  # noqa: E402

MIB = 1024**2
HEARTBEAT_SECONDS = 5
START_SECONDS = 60

out = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=2_000)
    parser.add_argument("--singles", type=int, default=50, help="single lists to build")
    parser.add_argument("--flips", type=int, default=5)
    parser.add_argument("--idle-seconds", type=int, default=30)
    arguments = parser.parse_args()
    _raise_open_files(arguments.connections)
    out.print("Preparing the database ...")
    rows = Rows.prepared(arguments.connections)
    with _push_process(arguments.connections) as (process, port):
        result = asyncio.run(_measure(rows, process, port, arguments))
    _print(result)
    print(json.dumps(result))  # noqa: T201  # the last line is for machines


def _raise_open_files(connections: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < connections + 200:
        sys.exit(f"This machine lets a process open {hard} files: too few for these connections.")


@contextmanager
def _push_process(connections: int) -> Iterator[tuple[psutil.Process, int]]:
    port = free_port()
    environment = {
        **os.environ,
        "PUSH_PORT": str(port),
        "PUSH_MAX_STREAMS": str(connections + 10),
        "PUSH_HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS),
        "METRICS_DIR": "",
    }
    started = subprocess.Popen([sys.executable, "-m", "movie_backend.push"], env=environment)
    try:
        process = psutil.Process(started.pid)
        deadline = time.monotonic() + START_SECONDS
        while not any(each.laddr.port == port for each in process.net_connections("tcp")):
            if time.monotonic() > deadline:
                sys.exit("The push process does not listen.")
            time.sleep(0.1)
        yield process, port
    finally:
        started.terminate()
        started.wait(30)


async def _measure(
    rows: Rows, process: psutil.Process, port: int, arguments: argparse.Namespace
) -> dict[str, object]:
    clients = [Client(access) for access in rows.accesses]
    # What a process loads with its first requests is not what a connection costs.
    await open_all(clients[:10], port)
    before = process.memory_info().rss
    out.print(f"Opening {len(clients):,} streams ...")
    opening = await open_all(clients[10:], port)
    after = process.memory_info().rss
    out.print(f"Idle for {arguments.idle_seconds} s ...")
    cpu = await _cpu_while_idle(process, arguments.idle_seconds)
    out.print("Flipping ...")
    flips = [await _flip(rows, clients) for _ in range(arguments.flips)]
    singles = [await _single(rows, clients, number) for number in range(arguments.singles)]
    last = process.memory_info().rss
    for client in clients:
        client.close()
    return {
        "connections": len(clients),
        "opened_per_second": round((len(clients) - 10) / opening),
        "rss_mib_before": round(before / MIB, 1),
        "rss_mib_after": round(after / MIB, 1),
        "rss_mib_last": round(last / MIB, 1),
        "kib_per_connection": round((after - before) / 1024 / (len(clients) - 10), 1),
        "flips": len(flips),
        "all_told_ms": round(statistics.median(max(told) for told in flips)),
        "all_told_ms_worst": round(max(max(told) for told in flips)),
        "flip_p50_ms": round(statistics.median(each for told in flips for each in told)),
        "single_p50_ms": round(statistics.median(singles), 1),
        "single_max_ms": round(max(singles), 1),
        "heartbeat_seconds": HEARTBEAT_SECONDS,
        "heartbeat_cpu_ms": round(cpu * HEARTBEAT_SECONDS * 1000),
        "load_average": round(os.getloadavg()[0], 1),
    }


async def _cpu_while_idle(process: psutil.Process, seconds: int) -> float:
    """Seconds of CPU in a second."""
    began = sum(process.cpu_times()[:2])
    await asyncio.sleep(seconds)
    return (sum(process.cpu_times()[:2]) - began) / seconds


async def _flip(rows: Rows, clients: list[Client]) -> list[float]:
    generation_id = await asyncio.to_thread(rows.build_generation)
    for client in clients:
        client.expect()
    committed = await asyncio.to_thread(rows.publish, generation_id)
    return await wait_all(clients, committed)


async def _single(rows: Rows, clients: list[Client], number: int) -> float:
    client = clients[number % len(clients)]
    client.expect()
    committed = await asyncio.to_thread(rows.build_list, number % len(clients))
    (milliseconds,) = await wait_all([client], committed)
    return milliseconds


def _print(result: dict[str, object]) -> None:
    table = Table(show_header=False)
    for name, value in result.items():
        table.add_row(name.replace("_", " "), str(value))
    out.print(table)


if __name__ == "__main__":
    main()
