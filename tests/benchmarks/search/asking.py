"""Sends queries one after the other on one connection, and sums up what came back."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import requests

from tests.benchmarks.search.queries import KINDS, Query
from tests.benchmarks.sync import say

PLACES = (1, 5, 20)
SUGGESTED = 8
TIMEOUT_S = 60
SHOWN_MISSED = 8


class Hit(NamedTuple):
    movie_id: int
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The hits are those of the first page, the best first."""

    query: Query
    ms: float
    hits: tuple[Hit, ...]

    @property
    def place(self) -> int | None:
        """Of the title that was meant, from 1 on. Several films may have it: any is right."""
        meant = (self.query.title or "").casefold()
        places = enumerate((hit.title.casefold() for hit in self.hits), start=1)
        return next((place for place, title in places if title == meant), None)

    @property
    def has_film(self) -> bool:
        return any(hit.movie_id == self.query.movie_id for hit in self.hits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Milliseconds; and in which part of the answers the film was among the first so many."""

    asked: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    found: dict[int, float] | None


@dataclass(slots=True)
class Searcher:
    url: str
    session: requests.Session

    def search(self, text: str) -> list[dict[str, Any]]:
        return self._films("search", {"q": text})

    def suggest(self, text: str) -> list[dict[str, Any]]:
        return self._films("suggestions", {"q": text, "limit": SUGGESTED})

    def find(self, text: str) -> list[Hit]:
        return _hits(self.search(text))

    def find_suggested(self, text: str) -> list[Hit]:
        return _hits(self.suggest(text))

    def _films(self, name: str, parameters: Mapping[str, str | int]) -> list[dict[str, Any]]:
        """Any answer but 200 ends the benchmark: it would measure how errors are told."""
        response = self.session.get(
            f"{self.url}/movies/{name}/", params=parameters, timeout=TIMEOUT_S
        )
        if response.status_code != requests.codes.ok:
            raise SystemExit(f"{response.url} was answered {response.status_code}: {response.text}")
        results: list[dict[str, Any]] = response.json()["results"]
        return results


def _hits(films: Sequence[dict[str, Any]]) -> list[Hit]:
    return [Hit(film["id"], film["title"]) for film in films]


def ask(queries: Sequence[Query], find: Callable[[str], list[Hit]]) -> list[Answer]:
    return list(_ask(queries, find))


def _ask(queries: Sequence[Query], find: Callable[[str], list[Hit]]) -> Iterator[Answer]:
    for query in queries:
        began = time.perf_counter()
        hits = find(query.text)
        ms = (time.perf_counter() - began) * 1000
        yield Answer(query=query, ms=ms, hits=tuple(hits))


def summarise(answers: Sequence[Answer], kinds: Sequence[str] = KINDS) -> dict[str, Figures]:
    """By kind, and all of them under the name `all`."""
    every = _figures(answers)
    return by_kind(answers, kinds) | ({"all": every} if every else {})


def by_kind(answers: Sequence[Answer], kinds: Sequence[str]) -> dict[str, Figures]:
    return {
        kind: figures
        for kind in kinds
        if (figures := _figures([each for each in answers if each.query.kind == kind]))
    }


def _figures(answers: Sequence[Answer]) -> Figures | None:
    if not answers:
        return None
    ms = [answer.ms for answer in answers]
    return Figures(
        asked=len(answers),
        p50_ms=round(statistics.median(ms), 1),
        p95_ms=round(percentile_95(ms), 1),
        max_ms=round(max(ms), 1),
        found=_found(answers) if all(answer.query.title for answer in answers) else None,
    )


def percentile_95(values: Sequence[float]) -> float:
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=20, method="inclusive")[18]


def _found(answers: Sequence[Answer]) -> dict[int, float]:
    places = [answer.place or max(PLACES) + 1 for answer in answers]
    return {
        first: round(sum(place <= first for place in places) / len(places), 3) for first in PLACES
    }


def show(heading: str, figures: dict[str, Figures]) -> None:
    columns = f"{'asked':>6} {'p50 ms':>8} {'p95 ms':>9} {'max ms':>9}"
    found = "".join(f" {f'first {first}':>9}" for first in PLACES)
    say(f"\n{heading:34} {columns}{found}")
    for name, each in figures.items():
        numbers = f"{each.asked:6} {each.p50_ms:8.1f} {each.p95_ms:9.1f} {each.max_ms:9.1f}"
        shares = "".join(f" {share:9.1%}" for share in (each.found or {}).values())
        say(f"{name:34} {numbers}{shares}")


def show_missed(answers: Sequence[Answer]) -> None:
    """Some of the titles that are on no first page, to see why."""
    for kind in KINDS:
        of_kind = [each for each in answers if each.query.kind == kind and each.query.title]
        for each in [answer for answer in of_kind if answer.place is None][:SHOWN_MISSED]:
            first = each.hits[0].title if each.hits else "nothing"
            say(f"Missed: {kind}: {each.query.text!r} for {each.query.title!r}, first {first!r}")
