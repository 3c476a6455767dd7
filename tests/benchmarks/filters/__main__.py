"""What filters of films take in a catalogue of 1.2 million, alone and as a page combines them.

`make bench-filters` (`ARGS=--small` to try) fills an empty platform as `make bench-search` does,
starts the web server as `make up` does, and asks for pages of films over HTTP, one request after
the other on one connection: each filter alone, several at once, other orders than the default,
and searches among what filters leave. The values are those that a page would offer; offers, most
certifications and days of release are invented (tests/benchmarks/search/circulation.py). Beside it
stands what some of the requests take as an ordinary queryset, by SQL alone. It prints tables, and
last one JSON line.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import requests

from tests.benchmarks.filters.asking import Browser, count_empty, show_slowest, slowest
from tests.benchmarks.filters.drawing import KINDS, draw
from tests.benchmarks.filters.offered import read_offered
from tests.benchmarks.filters.viewer import VIEWER, token_of_viewer, write_viewer
from tests.benchmarks.search.__main__ import common_parser, described, number, run, timed
from tests.benchmarks.search.asking import ask, show, summarise
from tests.benchmarks.search.filling import fill
from tests.benchmarks.search.queries import Query
from tests.benchmarks.search.real import RealFilm
from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.__main__ import set_up
from tests.flows.live import LivePlatform

REQUESTS = 1_000
WARM_UP = 200
WARM_UP_SEED, SEED = 5, 6


def measure(
    live: LivePlatform, real: Sequence[RealFilm], options: argparse.Namespace
) -> dict[str, Any]:
    seconds: dict[str, float] = {}
    with timed(seconds, "fill_seconds"):
        filled = fill(live.database_url, real, titles=options.titles)
    write_viewer(live)
    say(f"Rows: {filled.rows}")
    with timed(seconds, "index_seconds"):
        say(live.manage("index_films").strip())
    with timed(seconds, "vacuum_seconds"):
        live.execute("VACUUM ANALYZE")
    offered = read_offered(live.database_url, frequent=filled.frequent)
    asked = draw(offered, count=options.requests, seed=SEED)
    set_up(live)
    result: dict[str, Any] = {"titles": filled.rows["films"], "rows": filled.rows, **seconds}
    if options.http:
        live.start()
        token = token_of_viewer(live, films=filled.rows["films"])
        browser = Browser(live.url, requests.Session(), token)
        ask(draw(offered, count=WARM_UP, seed=WARM_UP_SEED), browser.find)
        result |= measure_requests(browser, asked)
    if options.baseline:
        result["baseline"] = measure_beside(asked)
    return result


def measure_requests(browser: Browser, asked: Sequence[Query]) -> dict[str, Any]:
    browser.beyond = 0
    answers = ask(asked, browser.find)
    figures = summarise(answers, tuple(KINDS))
    show("Pages of films over HTTP", figures)
    show_slowest(answers)
    every = figures["all"]
    return {
        "requests": every.asked,
        "p50_ms": every.p50_ms,
        "p95_ms": every.p95_ms,
        "max_ms": every.max_ms,
        "empty_first_pages": count_empty(answers),
        "beyond_the_last_page": browser.beyond,
        "kinds": described(figures),
        "slowest": [{"ms": ms, "address": query.text} for ms, query in slowest(answers)],
    }


def measure_beside(asked: Sequence[Query]) -> dict[str, Any]:
    # Its models can be imported only once Django is set up.
    from tests.benchmarks.filters.baseline import measure_baseline

    figures = measure_baseline(asked, viewer_id=VIEWER)
    show("An ordinary queryset, by SQL alone", figures)
    return described(figures)


def parser() -> argparse.ArgumentParser:
    result = common_parser("bench-filters", __doc__)
    result.add_argument("--requests", type=number(len(KINDS)), default=REQUESTS)
    result.add_argument(
        "--no-baseline", dest="baseline", action="store_false", help="leave out the queryset"
    )
    result.add_argument(
        "--only-baseline", dest="http", action="store_false", help="ask nothing over HTTP"
    )
    return result


def main(arguments: Sequence[str]) -> int:
    run(parser(), arguments, measure)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
