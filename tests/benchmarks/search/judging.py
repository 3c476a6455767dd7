"""Which film comes first for the queries of which a person would say it."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.search.asking import Searcher
from tests.benchmarks.search.held_out import HELD_OUT
from tests.benchmarks.search.known import KNOWN, Known
from tests.benchmarks.search.queries import SHORTEST
from tests.benchmarks.sync import say


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    query: str
    meant: str
    first: str
    is_right: bool
    ms: float


def judge(searcher: Searcher) -> dict[str, Any]:
    known = [_judge(searcher, each) for each in KNOWN]
    _show("Known queries", known, known)
    held_out = [_judge(searcher, each) for each in HELD_OUT]
    _show("Held-out queries that fail", _wrong(held_out), held_out)
    return {
        f"right_of_{len(known)}": _right(known),
        "known_max_ms": max(each.ms for each in known),
        "known_wrong": [asdict(each) for each in _wrong(known)],
        f"right_of_{len(held_out)}_held_out": _right(held_out),
        "held_out_max_ms": max(each.ms for each in held_out),
        "held_out_wrong": [asdict(each) for each in _wrong(held_out)],
    }


def _judge(searcher: Searcher, known: Known) -> Judged:
    """What is too short for the search is asked of the suggestions, which find by the same."""
    is_long_enough = len(known.query) >= SHORTEST
    began = time.perf_counter()
    films = searcher.search(known.query) if is_long_enough else searcher.suggest(known.query)
    ms = round((time.perf_counter() - began) * 1000, 1)
    first = films[0] if films else None
    return Judged(
        query=known.query,
        meant=known.meant,
        first=f"{first['title']} ({first['year']})" if first else "nothing",
        is_right=first is not None and first["tmdb_id"] in known.tmdb_ids,
        ms=ms,
    )


def _show(heading: str, shown: Sequence[Judged], judged: Sequence[Judged]) -> None:
    say(f"\n{heading}\n{'':6} {'query':32} {'meant':36} first")
    for each in shown:
        mark = "" if each.is_right else "WRONG"
        say(f"{mark:6} {each.query:32} {each.meant[:36]:36} {each.first}")
    say(f"{_right(judged)} of {len(judged)} are right.")


def _right(judged: Sequence[Judged]) -> int:
    return sum(each.is_right for each in judged)


def _wrong(judged: Sequence[Judged]) -> list[Judged]:
    return [each for each in judged if not each.is_right]
