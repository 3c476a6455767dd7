"""Two further kinds of queries: people's names, and titles of which little has been typed."""

import random
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import psycopg2

from tests.benchmarks.search.queries import DRAWN_FOR_EACH, LONGEST, Query, is_asked, mistyped

PERSON, TYPED = "person", "as typed"
OTHER = 200
LEAST_VOTES = 100
_PEOPLE = """
    SELECT id, name FROM movies_person WHERE id IN (
        SELECT person_id FROM movies_credit JOIN movies_movie ON movies_movie.id = movie_id
        WHERE vote_count >= %s
    ) ORDER BY id
"""
_FILMS = "SELECT id, title FROM movies_movie WHERE vote_count >= %s ORDER BY id"


def draw_others(database_url: str, *, count: int, seed: int) -> dict[str, list[Query]]:
    """So many of each kind, or as many as there are."""
    rng = random.Random(seed)
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        people, films = _rows(cursor, _PEOPLE), _rows(cursor, _FILMS)
    names = [name for _, name in _sample(people, DRAWN_FOR_EACH * count, rng)]
    typed = [
        Query(kind=TYPED, text=_begun(title, rng), movie_id=movie)
        for movie, title in _sample(films, count, rng)
    ]
    return {PERSON: _about_people(names, count, rng), TYPED: typed}


def _about_people(names: Sequence[str], count: int, rng: random.Random) -> list[Query]:
    """Half of the names with a typing error, in any order."""
    half = len(names) // 2
    right = [name for name in names[:half] if is_asked(name)]
    wrong = [text for name in names[half:] if (text := mistyped(name, rng)) and is_asked(text)]
    texts = right[: count - count // 2] + wrong[: count // 2]
    rng.shuffle(texts)
    return [Query(kind=PERSON, text=text) for text in texts]


def _begun(title: str, rng: random.Random) -> str:
    """Cut anywhere behind the first letter; titles have no spaces before that."""
    return title[: rng.randint(1, min(len(title), LONGEST))]


def _sample(
    rows: Sequence[tuple[int, str]], count: int, rng: random.Random
) -> list[tuple[int, str]]:
    return rng.sample(rows, min(count, len(rows)))


def _rows(cursor: Any, query: str) -> list[tuple[int, str]]:
    cursor.execute(query, [LEAST_VOTES])
    rows: list[tuple[int, str]] = cursor.fetchall()
    return rows
