"""What a search takes in a catalogue of 1.2 million films, and whether it finds what is meant.

`make bench-search` (`ARGS=--small` to try) fills an empty platform with the real films of the
folder that NEXUS_DATASETS names and with invented ones around them, makes the search documents of
all, starts the web server as `make up` does, and sends queries over HTTP, one after the other on
one connection: titles, titles with a typing error, and words that very many titles have; then
names of people, and suggestions for titles of which the first letters were typed; then queries of
which a person would say which film has to come first. Beside it stands what a search by trigrams of
titles takes in the same database. It prints tables, and last one JSON line.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import requests

from tests.benchmarks.machine import describe_machine
from tests.benchmarks.search import queries
from tests.benchmarks.search.asking import (
    SUGGESTED,
    Answer,
    Figures,
    Searcher,
    ask,
    by_kind,
    show,
    show_missed,
    summarise,
)
from tests.benchmarks.search.baseline import measure_baseline
from tests.benchmarks.search.filling import Filled, fill
from tests.benchmarks.search.judging import judge
from tests.benchmarks.search.other_queries import OTHER, PERSON, TYPED, draw_others
from tests.benchmarks.search.queries import Query
from tests.benchmarks.search.real import RealFilm, find_catalogue, read_films
from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.__main__ import platform, terminate, version
from tests.flows.live import LivePlatform

TITLES = 1_200_000
QUERIES = 2_000
SMALL_TITLES = 50_000
WARM_UP, WARM_UP_OTHER = 200, 20
WARM_UP_SEED, SEED = 5, 6

Measure = Callable[[LivePlatform, Sequence[RealFilm], argparse.Namespace], dict[str, Any]]


def measure(
    live: LivePlatform, real: Sequence[RealFilm], options: argparse.Namespace
) -> dict[str, Any]:
    seconds: dict[str, float] = {}
    with timed(seconds, "fill_seconds"):
        filled = fill(live.database_url, real, titles=options.titles)
    say(f"Rows: {filled.rows}; titles have {filled.distinct_words:,} different words.")
    with timed(seconds, "index_seconds"):
        say(live.manage("index_films").strip())
    with timed(seconds, "vacuum_seconds"):
        live.execute("VACUUM ANALYZE")
    live.start()
    searcher = Searcher(live.url, requests.Session())
    ask(drawn(live, filled, count=WARM_UP, seed=WARM_UP_SEED), searcher.find)
    result: dict[str, Any] = {
        "titles": filled.rows["films"],
        "distinct_words": filled.distinct_words,
        "rows": filled.rows,
        **seconds,
    }
    if options.only_known:
        return result | judge(searcher)
    asked = drawn(live, filled, count=options.queries, seed=SEED)
    result |= measure_queries(searcher, asked)
    result["other_kinds"] = measure_others(live, searcher)
    result |= judge(searcher)
    if options.baseline:
        result["baseline"] = measure_beside(live, asked)
    return result


@contextmanager
def timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[name] = round(time.monotonic() - began, 1)
    say(f"{name.replace('_', ' ')}: {seconds[name]}")


def drawn(live: LivePlatform, filled: Filled, *, count: int, seed: int) -> list[Query]:
    films = filled.rows["films"]
    return queries.draw(
        live.database_url, films=films, frequent=filled.frequent, count=count, seed=seed
    )


def measure_queries(searcher: Searcher, asked: Sequence[Query]) -> dict[str, Any]:
    answers = ask(asked, searcher.find)
    figures = summarise(answers)
    show("Search over HTTP", figures)
    show_missed(answers)
    every = figures["all"]
    return {
        "queries": every.asked,
        "p50_ms": every.p50_ms,
        "p95_ms": every.p95_ms,
        "max_ms": every.max_ms,
        "kinds": described(figures),
    }


def measure_others(live: LivePlatform, searcher: Searcher) -> dict[str, Any]:
    ask_others(live, searcher, count=WARM_UP_OTHER, seed=WARM_UP_SEED)
    people, typed = ask_others(live, searcher, count=OTHER, seed=SEED)
    figures = by_kind([*people, *typed], (PERSON, TYPED))
    among = sum(answer.has_film for answer in typed)
    show("Other kinds over HTTP", figures)
    say(f"{TYPED}: the film is among the {SUGGESTED} suggestions in {among} of {len(typed)}.")
    result = described(figures)
    result[TYPED]["film_among_suggestions"] = among
    return result


def ask_others(
    live: LivePlatform, searcher: Searcher, *, count: int, seed: int
) -> tuple[list[Answer], list[Answer]]:
    """What was answered for people, and as typed."""
    asked = draw_others(live.database_url, count=count, seed=seed)
    return ask(asked[PERSON], searcher.find), ask(asked[TYPED], searcher.find_suggested)


def measure_beside(live: LivePlatform, asked: Sequence[Query]) -> dict[str, Any]:
    figures = measure_baseline(live.database_url, asked)
    show("Trigrams of titles, by SQL alone", figures)
    return described(figures)


def described(figures: Mapping[str, Figures]) -> dict[str, Any]:
    return {name: asdict(each) for name, each in figures.items()}


def number(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"at least {least}")
        return value

    return read


def common_parser(program: str, description: str | None) -> argparse.ArgumentParser:
    """What all benchmarks of a filled catalogue are told."""
    result = argparse.ArgumentParser(prog=program, description=description)
    result.add_argument(
        "--titles", type=number(1), default=TITLES, help="in all; never fewer than real ones"
    )
    result.add_argument("--small", action="store_true", help="to try it out")
    return result


def run(reading: argparse.ArgumentParser, arguments: Sequence[str], measure: Measure) -> None:
    """Say what was measured on an empty platform; the last line is JSON."""
    options = reading.parse_args(arguments)
    if options.small:
        options.titles = SMALL_TITLES
    real = read_films(find_catalogue(reading))
    signal.signal(signal.SIGTERM, terminate)
    with platform(None) as live:
        result = measure(live, real, options)
        result |= {"postgres": version(live), "machine": describe_machine()}
    say(json.dumps(result, ensure_ascii=False))


def parser() -> argparse.ArgumentParser:
    result = common_parser("bench-search", __doc__)
    result.add_argument("--queries", type=number(len(queries.KINDS)), default=QUERIES)
    result.add_argument(
        "--no-baseline", dest="baseline", action="store_false", help="leave out the trigrams"
    )
    result.add_argument(
        "--only-known", action="store_true", help="see only what comes first for known queries"
    )
    return result


def main(arguments: Sequence[str]) -> int:
    run(parser(), arguments, measure)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
