"""A stand-in for TMDb over real HTTP: `python -m tests.tmdb_server --help`."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.tmdb_server.server import REAL_RATE, Options, Server


def main(arguments: Sequence[str]) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if not options.token:
        parser.error("--token, or TMDB_API_TOKEN in the environment, is needed")
    server = Server(Options(**vars(options)))
    asyncio.run(server.run(lambda url: _announce(server, url)))
    return 0


def _announce(server: Server, url: str) -> None:
    for number, reaction in (
        (signal.SIGTERM, server.stop),
        (signal.SIGINT, server.stop),
        (signal.SIGUSR1, server.pause),
        (signal.SIGUSR2, server.resume),
    ):
        server.loop.add_signal_handler(number, reaction)
    print(f"The stand-in for TMDb is ready: {url}/3", flush=True)  # noqa: T201  # for its reader


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.tmdb_server",
        description="Serves TMDb's API at /3 and its daily exports at /p/exports on 127.0.0.1. "
        "SIGUSR1 makes it refuse connections, SIGUSR2 ends that.",
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--token",
        default=os.environ.get("TMDB_API_TOKEN", ""),
        help="what clients send as a bearer token (default: TMDB_API_TOKEN of the environment)",
    )
    parser.add_argument(
        "--catalog",
        dest="catalogue",
        type=Path,
        metavar="FILE",
        help="catalog.jsonl of the data folder (default: the titles of our own starter set)",
    )
    parser.add_argument(
        "--rate",
        type=int,
        default=REAL_RATE,
        metavar="NUMBER",
        help="requests that it answers in a second, 0 for any number (default: %(default)s)",
    )
    parser.add_argument(
        "--export-lines",
        type=int,
        metavar="NUMBER",
        help="titles of an export, of which those beyond the catalogue are invented",
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="append each arrival to this file, as JSON"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
