"""Which film comes first for the queries of which a person would say it."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.search.asking import Searcher
from tests.benchmarks.search.known import KNOWN, Known
from tests.benchmarks.sync import say


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    query: str
    meant: str
    first: str
    is_right: bool
    ms: float


def judge_known(searcher: Searcher) -> dict[str, Any]:
    judged = [_judge(searcher, known) for known in KNOWN]
    say(f"\n{'':6} {'query':24} {'meant':36} first")
    for each in judged:
        mark = "" if each.is_right else "WRONG"
        say(f"{mark:6} {each.query:24} {each.meant[:36]:36} {each.first}")
    right = sum(each.is_right for each in judged)
    say(f"{right} of {len(judged)} are right.")
    return {
        f"right_of_{len(judged)}": right,
        "known_max_ms": max(each.ms for each in judged),
        "known_wrong": [asdict(each) for each in judged if not each.is_right],
    }


def _judge(searcher: Searcher, known: Known) -> Judged:
    began = time.perf_counter()
    films = searcher.search(known.query)
    ms = round((time.perf_counter() - began) * 1000, 1)
    first = films[0] if films else None
    return Judged(
        query=known.query,
        meant=known.meant,
        first=f"{first['title']} ({first['year']})" if first else "nothing",
        is_right=first is not None and first["tmdb_id"] in known.tmdb_ids,
        ms=ms,
    )
