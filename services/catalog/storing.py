"""Storing what TMDb told of films: many at once, in one transaction, and only what changed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from apps.movies.models import Movie
from services.tmdb.payloads.movies import MovieDetailsPayload, MoviePayload

from . import films
from .films import StoredFilm
from .locks import hold_catalogue
from .parts import GENRES, PARTS, build_parts, digest, digests_of, write_part
from .rows import Row
from .shared_rows import known_genres, write_shared_rows

FACTS = "facts"


@dataclass(frozen=True, slots=True)
class FetchedFilm:
    details: MovieDetailsPayload
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """How many films were new, had changed, or were as they had been."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class _Changes:
    """What a batch has to write, by our ids."""

    facts: dict[int, Row] = field(default_factory=dict)
    parts: dict[str, dict[int, list[Row]]] = field(default_factory=dict)
    marks: dict[int, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)


@transaction.atomic
def store_details(fetched: Sequence[FetchedFilm], *, at: datetime) -> Stored:
    """Write the details of these films; what an operator locked stays as it is.

    Everything that films share is written first, then the films in the order of their TMDb ids:
    with one order for everybody, no two workers wait for each other in a circle.
    """
    by_id = {film.details.tmdb_id: film for film in fetched}
    if not by_id:
        return Stored()
    hold_catalogue()
    genre_ids = write_shared_rows(film.details for film in by_id.values())
    new = films.add_missing((film.details for film in by_id.values()), at=at)
    stored = films.lock(by_id)
    changes = _Changes()
    for tmdb_id, row in stored.items():
        _compare(by_id[tmdb_id], row, changes, is_new=tmdb_id in new)
    _write(changes, genre_ids)
    votes = {row.id: by_id[tmdb_id].details for tmdb_id, row in stored.items()}
    films.write_votes(votes, at=at, column="synced_at")
    return Stored(**changes.outcomes)


@transaction.atomic
def store_listed(rows: Iterable[MoviePayload], *, at: datetime) -> dict[int, int]:
    """Write rows of lists; our ids by TMDb's.

    Of a film whose details are known only the votes are newer in a list.
    """
    by_id = {row.tmdb_id: row for row in rows}
    hold_catalogue()
    new = films.add_missing(by_id.values(), at=at)
    stored = films.lock(by_id)
    bare = {tmdb_id: row for tmdb_id, row in stored.items() if not row.has_details}
    films.write_listed_facts(
        {row.id: films.listed_facts_of(by_id[tmdb_id]) for tmdb_id, row in bare.items()}
    )
    _write_listed_genres({row.id: by_id[tmdb_id] for tmdb_id, row in bare.items()}, new, stored)
    films.write_votes(
        {row.id: by_id[tmdb_id] for tmdb_id, row in stored.items()}, at=at, column="listed_at"
    )
    return {tmdb_id: row.id for tmdb_id, row in stored.items()}


def confirm_unchanged(tmdb_ids: Iterable[int], *, at: datetime) -> int:
    """Note that TMDb answered 304: what is stored is what it has."""
    rows = Movie.objects.filter(tmdb_id__in=list(tmdb_ids))
    return rows.update(synced_at=at, tombstoned_at=None)


def tombstone(tmdb_ids: Iterable[int], *, at: datetime) -> int:
    """Mark titles that TMDb no longer has; how many of them were here and unmarked."""
    rows = Movie.objects.filter(tmdb_id__in=list(tmdb_ids), tombstoned_at__isnull=True)
    return rows.update(tombstoned_at=at, updated_at=at)


def _compare(film: FetchedFilm, row: StoredFilm, changes: _Changes, *, is_new: bool) -> None:
    facts = films.facts_of(film.details)
    parts = build_parts(film.details)
    told = {FACTS: digest(facts), **digests_of(parts)}
    changed = {name for name, value in told.items() if row.digests.get(name) != value}
    if FACTS in changed:
        changes.facts[row.id] = facts
    for name in changed - {FACTS}:
        if name not in row.locked_fields:
            changes.parts.setdefault(name, {})[row.id] = parts[name]
    changes.marks[row.id] = (film.etag, {**row.digests, **told})
    differs = changed or row.is_tombstoned
    changes.outcomes["created" if is_new else "updated" if differs else "unchanged"] += 1


def _write(changes: _Changes, genre_ids: Mapping[int, int]) -> None:
    films.write_facts(changes.facts)
    for part in PARTS:
        rows = changes.parts.get(part.name, {})
        write_part(part, _with_our_genres(rows, genre_ids) if part is GENRES else rows)
    films.write_marks(changes.marks)


def _with_our_genres(
    parts: Mapping[int, list[Row]], genre_ids: Mapping[int, int]
) -> dict[int, list[Row]]:
    return {
        movie_id: [(genre_ids[tmdb_id],) for (tmdb_id,) in rows if tmdb_id in genre_ids]
        for movie_id, rows in parts.items()
    }


def _write_listed_genres(
    bare: Mapping[int, MoviePayload], new: set[int], stored: Mapping[int, StoredFilm]
) -> None:
    """A list names genres by id alone, so those that are not known yet wait for the details."""
    named = {genre_id for row in bare.values() for genre_id in row.genre_ids}
    known = known_genres(named)
    added = {stored[tmdb_id].id for tmdb_id in new}
    rows = {
        movie_id: [(known[genre_id],) for genre_id in row.genre_ids if genre_id in known]
        for movie_id, row in bare.items()
        if movie_id in added
    }
    write_part(GENRES, rows)
