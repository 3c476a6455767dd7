"""Fills a migrated, empty database with real and invented films, in batches."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

import psycopg2

from services.imports.copy_stream import copy_rows
from tests.benchmarks.search import facts, films
from tests.benchmarks.search.circulation import Circulation, write_providers
from tests.benchmarks.search.completing import complete
from tests.benchmarks.search.facts import Facts
from tests.benchmarks.search.other_names import OtherNames
from tests.benchmarks.search.real import RealFilm
from tests.benchmarks.search.titles import InventedFilm, invent
from tests.benchmarks.search.words import words_of
from tests.benchmarks.sync import say

FILMS_PER_BATCH = 20_000
FILMS_PER_LINE = 200_000
FREQUENT = 300
SEED = 1
_WITH_SEQUENCES = ("movies_genre", "movies_movie")
_COUNTED = {
    "films": "movies_movie",
    "people": "movies_person",
    "credits": "movies_credit",
    "keywords": "movies_keyword",
    "keywords_of_films": "movies_movie_keywords",
    "translations": "movies_translation",
    "alternative_titles": "movies_alternativetitle",
    "genres": "movies_genre",
    "genres_of_films": "movies_movie_genres",
    "releases": "movies_releasedate",
    "offers": "movies_watchavailability",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """`frequent` are the words that most titles have, the most frequent first."""

    rows: dict[str, int]
    distinct_words: int
    frequent: tuple[str, ...]


def fill(database_url: str, real: Sequence[RealFilm], *, titles: int) -> Filled:
    """Films have the ids from 1 on, the real ones the first."""
    words: Counter[str] = Counter()
    real = complete(real, seed=SEED)
    with closing(psycopg2.connect(database_url)) as connection:
        with connection, connection.cursor() as cursor:
            known = facts.write_facts(cursor, real, titles=titles, seed=SEED)
            write_providers(cursor)
        shown = Circulation(datetime.now(UTC).date(), seed=SEED)
        names = OtherNames(real, known, seed=SEED)
        rng = random.Random(SEED)
        numbered = enumerate(_every_film(real, titles), start=1)
        while several := list(islice(numbered, FILMS_PER_BATCH)):
            # What is told of a film in its own transaction does not write its row anew.
            with connection, connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")
                _write(cursor, several, known, names, rng, circulation=shown)
            words.update(word for _, film in several for word in words_of(film.title))
            if several[-1][0] % FILMS_PER_LINE == 0:
                say(f"Wrote {several[-1][0]:,} films.")
        connection.autocommit = True
        with connection.cursor() as cursor:
            rows = _settle(cursor)
    frequent = tuple(word for word, _ in words.most_common(FREQUENT))
    return Filled(rows=rows, distinct_words=len(words), frequent=frequent)


def _every_film(real: Sequence[RealFilm], titles: int) -> Iterator[RealFilm | InventedFilm]:
    return chain(real, invent(real, max(titles - len(real), 0), seed=SEED))


def _write(
    cursor: Any,
    several: Sequence[tuple[int, RealFilm | InventedFilm]],
    known: Facts,
    names: OtherNames,
    rng: random.Random,
    *,
    circulation: Circulation,
) -> None:
    batch = films.Batch()
    for movie, film in several:
        if isinstance(film, RealFilm):
            films.add_real(batch, movie, film, known, circulation)
        else:
            films.add_invented(batch, movie, film, known, rng, circulation=circulation)
            batch.add_keywords(movie, names.keywords(film))
        batch.add_other_names(movie, film, names)
    for table, lines in batch.lines.items():
        copy_rows(cursor, table=table, lines=lines)


def _settle(cursor: Any) -> dict[str, int]:
    """Statistics, and sequences beyond the last row; returns how many rows of each kind."""
    for table in _WITH_SEQUENCES:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608  # a table of our models
        )
    cursor.execute("ANALYZE")
    return {name: _count(cursor, table) for name, table in _COUNTED.items()}


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  # a table of our models
    return int(cursor.fetchone()[0])
