"""What some of the requests take as an ordinary queryset, by SQL alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import OperationalError, connection

from tests.benchmarks.filters.drawing import KINDS, parameters_of
from tests.benchmarks.filters.ordinary import ordinary
from tests.benchmarks.search.asking import Answer, Figures, Hit, ask, summarise
from tests.benchmarks.search.queries import Query

SAMPLED = 100
WARM_UP = 10
PAGE_SIZE = 20
MOST_MS = 5_000


def measure_baseline(queries: Sequence[Query], *, viewer_id: int) -> dict[str, Figures]:
    """A statement that takes longer than the limit is ended, and counts as if it took that."""
    sampled = _sampled(queries)
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {MOST_MS}")
    find = _finder(sampled, viewer_id)
    ask(sampled[:: max(len(sampled) // WARM_UP, 1)], find)
    return summarise([_limited(answer) for answer in ask(sampled, find)], tuple(KINDS))


def _sampled(queries: Sequence[Query]) -> list[Query]:
    """Of each kind as large a part as of all."""
    by_kind = sorted(queries, key=lambda query: query.kind)
    return by_kind[:: max(len(by_kind) // SAMPLED, 1)][:SAMPLED]


def _finder(queries: Sequence[Query], viewer_id: int) -> Callable[[str], list[Hit]]:
    parameters = {query.text: parameters_of(query) for query in queries}

    def find(text: str) -> list[Hit]:
        asked = parameters[text]
        start = PAGE_SIZE * (int(asked.get("page", 1)) - 1)
        films = ordinary(asked, viewer_id=viewer_id)[start : start + PAGE_SIZE + 1]
        try:
            return [Hit(film.pk, film.title) for film in films]
        except OperationalError:
            return []

    return find


def _limited(answer: Answer) -> Answer:
    return replace(answer, ms=min(answer.ms, float(MOST_MS)))
