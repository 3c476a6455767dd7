"""The documents that searches read, made anew where what they are made of has changed.

Triggers note the films (migrations 0012, 0014 and 0016 of the catalogue), whoever changed them and
how; one worker at a time takes them from there in slices, each of them a transaction.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction
from psycopg2.extras import execute_values

from apps.core.database import array_of
from apps.movies.filtering import facts
from apps.movies.models.search import ADULT_TIER, LEAST_WEIGHTS
from apps.movies.search import lexemes
from apps.movies.search.lexemes import LABELS, Lexeme
from apps.movies.search.names import TITLES, Name, names_of

from . import stale_films
from .search_words import add_words, count_words, note_changes

FILMS_AT_ONCE = 1_000
# How often a command looks again while a worker makes documents.
POLL_SECONDS = 0.2

logger = logging.getLogger(__name__)

_ALONE = "SELECT pg_try_advisory_xact_lock(hashtext('nexus.search_documents'), 0)"
_FILMS = """
    SELECT id, year, movies_search_weight(vote_count, popularity), adult FROM movies_movie
    WHERE id = ANY (%s::int[]) AND tombstoned_at IS NULL
"""
# What follows from the film's row alone is taken over as it is.
_NUMBERS = ("year", "release_date", "runtime", "vote_average", "vote_count")
_COLUMNS = ("document", "facts", "weight", "tier", "title_words", *_NUMBERS)
_WRITE = f"""
    WITH made (movie_id, document, facts, weight, tier, title_words) AS (VALUES %s),
    changed AS (
        SELECT FROM made LEFT JOIN movies_searchdocument AS stored USING (movie_id)
        WHERE (made.document, made.weight, made.tier)
            IS DISTINCT FROM (stored.document, stored.weight, stored.tier)
    ), written AS (
        INSERT INTO movies_searchdocument AS stored (movie_id, {", ".join(_COLUMNS)})
        SELECT made.*, {", ".join(f"film.{name}" for name in _NUMBERS)}
        FROM made JOIN movies_movie AS film ON film.id = movie_id
        ON CONFLICT (movie_id) DO UPDATE
        SET ({", ".join(_COLUMNS)}) = ({", ".join(f"excluded.{name}" for name in _COLUMNS)})
        WHERE ({", ".join(f"stored.{name}" for name in _COLUMNS)})
            IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _COLUMNS)})
    )
    SELECT count(*) FROM changed
"""  # noqa: S608  # texts of ours
_ROW = "(%s, %s::tsvector, array_to_tsvector(%s::text[]), %s, %s, %s)"
_DROP = "DELETE FROM movies_searchdocument WHERE movie_id = ANY (%s::int[])"


class _Film(NamedTuple):
    pk: int
    year: int | None
    weight: float
    is_adult: bool


@dataclass(frozen=True, slots=True)
class Document:
    movie_id: int
    lexemes: frozenset[Lexeme]
    facts: frozenset[str]
    weight: float
    title_words: int
    is_adult: bool

    @property
    def tier(self) -> int:
        if self.is_adult:
            return ADULT_TIER
        passed = (tier for tier, least in enumerate(LEAST_WEIGHTS) if self.weight >= least)
        return next(passed, len(LEAST_WEIGHTS))


@transaction.atomic
def refresh_documents(*, limit: int = FILMS_AT_ONCE) -> int | None:
    """Make stale documents anew; of how many films, None where another worker is at it.

    What changes meanwhile is noted anew, and comes in a later slice.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
        (is_alone,) = cursor.fetchone()
        if not is_alone:
            return None
    taken = stale_films.take(limit=limit)
    if taken:
        note_changes(_write_apart(sorted(taken)))
    return len(taken)


def _write_apart(movie_ids: Sequence[int]) -> int:
    """Films of which no document can be made are left out, so that they do not stop the others.

    Returns what `write_documents` does.
    """
    try:
        with transaction.atomic():
            return write_documents(movie_ids)
    except DatabaseError:
        if not connection.is_usable():
            raise
        if len(movie_ids) == 1:
            logger.exception("No search document can be made of film %d.", movie_ids[0])
            return 0
        middle = len(movie_ids) // 2
        return _write_apart(movie_ids[:middle]) + _write_apart(movie_ids[middle:])


def write_documents(movie_ids: Sequence[int]) -> int:
    """Films that nobody is shown, or that are gone, have none. How many have other words now.

    Words of films for adults alone are no words of the vocabulary: a correction would tell them to
    somebody who did not ask for such films.
    """
    documents = read_documents(movie_ids)
    with connection.cursor() as cursor:
        changed = execute_values(
            cursor.cursor,
            _WRITE,
            map(_row, documents),
            template=_ROW,
            page_size=FILMS_AT_ONCE,
            fetch=True,
        )
        found = {document.movie_id for document in documents}
        cursor.execute(_DROP, [array_of(set(movie_ids) - found)])
        gone = cursor.rowcount
    add_words(_weights_of_words(each for each in documents if not each.is_adult))
    return int(gone + sum(films for (films,) in changed))


def read_documents(movie_ids: Iterable[int]) -> list[Document]:
    """What the documents of these films are to be, by the ids of the films."""
    with connection.cursor() as cursor:
        cursor.execute(_FILMS, [array_of(movie_ids)])
        films = {film.pk: film for film in map(_Film._make, cursor.fetchall())}
    names, known = _by_film(names_of(films)), _facts_by_film(films)
    return [_document(film, names[pk], known[pk]) for pk, film in sorted(films.items())]


def has_stale_documents() -> bool:
    return stale_films.exist()


def _by_film(names: Iterable[Name]) -> Mapping[int, list[Name]]:
    by_film: dict[int, list[Name]] = defaultdict(list)
    for name in names:
        by_film[name.movie_id].append(name)
    return by_film


def _facts_by_film(movie_ids: Iterable[int]) -> Mapping[int, set[str]]:
    by_film: dict[int, set[str]] = defaultdict(set)
    for movie_id, fact in facts.read_facts(movie_ids):
        by_film[movie_id].add(fact)
    return by_film


def _document(film: _Film, names: Sequence[Name], known: set[str]) -> Document:
    lengths = (lexemes.title_length(name.plain) for name in names if LABELS[name.kind] == "A")
    return Document(
        film.pk,
        lexemes=frozenset(_lexemes(names, film.year)),
        facts=frozenset(known.union(() if film.year is None else facts.of_year(film.year))),
        weight=film.weight,
        title_words=max(1, min(lengths, default=1)),
        is_adult=film.is_adult,
    )


def _lexemes(names: Iterable[Name], year: int | None) -> Iterator[Lexeme]:
    for name in names:
        of = lexemes.of_title if name.kind in TITLES else lexemes.of_name
        yield from of(name.plain, LABELS[name.kind])
    if year is not None:
        yield from lexemes.of_year(year)


def _row(document: Document) -> tuple[int, str, list[str], float, int, int]:
    return (
        *(document.movie_id, lexemes.as_tsvector(document.lexemes), sorted(document.facts)),
        *(document.weight, document.tier, document.title_words),
    )


def _weights_of_words(documents: Iterable[Document]) -> dict[str, float]:
    """The highest weight of a film with the word, by the word."""
    weights: dict[str, float] = {}
    for document in documents:
        for lexeme, _ in document.lexemes:
            if lexemes.is_word(lexeme):
                weights[lexeme] = max(weights.get(lexeme, 0.0), document.weight)
    return weights


def mark_all() -> int:
    """Have the documents of all films made anew, the best known first; how many films there are."""
    return stale_films.note_all()


def refresh_all(*, told: Callable[[int], None] = lambda _: None) -> int:
    """Make all stale documents anew, beside any workers, and count their words; how many this
    process made. `told` is given that number after each slice.
    """
    done = 0
    while has_stale_documents():
        taken = refresh_documents()
        if taken is None:
            time.sleep(POLL_SECONDS)
            continue
        done += taken
        told(done)
    count_words()
    return done
