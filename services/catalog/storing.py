"""Storing what TMDb told of films: many at once, in one transaction, and only what changed."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from services.tmdb.payloads.movies import MovieDetailsPayload, MoviePayload

from . import films
from .films import Details, StoredFilm
from .locks import hold_catalogue
from .parts import GENRES, PARTS, build_parts, digest, digests_of, write_part
from .rows import Row
from .shared_rows import known_genres, write_shared_rows

FACTS = "facts"


@dataclass(frozen=True, slots=True)
class FetchedFilm:
    details: MovieDetailsPayload
    etag: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Details; titles of which TMDb said that nothing has changed; and those it no longer has."""

    fetched: Sequence[FetchedFilm] = ()
    unchanged: Collection[int] = ()
    gone: Collection[int] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """How many films were new, had changed, were as they had been, or are marked as gone.

    `stale`: what TMDb calls unchanged is no longer what is stored, so they have to be asked again.
    `unknown`: what TMDb does not have is not here either.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    tombstoned: int = 0
    stale: frozenset[int] = frozenset()
    unknown: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Listed:
    """Our ids of listed films by TMDb's, and how many of them were new."""

    movie_ids: Mapping[int, int]
    created: int


@dataclass(slots=True)
class _Changes:
    """What a batch has to write, by our ids."""

    facts: dict[int, Row] = field(default_factory=dict)
    parts: dict[str, dict[int, list[Row]]] = field(default_factory=dict)
    details: dict[int, Details] = field(default_factory=dict)
    # Films of which no part was ever stored.
    bare: set[int] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)


# Without a savepoint of its own: films that one has written are not told from those of others, and
# the triggers that keep films' versions (migration 0010) would write them once more for each part.
@transaction.atomic(savepoint=False)
def store_answers(answers: Answers, *, at: datetime) -> Stored:
    """Write what TMDb answered; what an operator locked stays as it is.

    Everything that films share is written first, then all films in the order of their TMDb ids:
    with one order for everybody, no two workers wait for each other in a circle.
    """
    by_id = {film.details.tmdb_id: film for film in answers.fetched}
    hold_catalogue()
    genre_ids = write_shared_rows(film.details for film in by_id.values())
    new = films.add_missing((film.details for film in by_id.values()), at=at)
    held = films.lock({*by_id, *answers.unchanged, *answers.gone})
    changes = _Changes()
    fetched = {tmdb_id: by_id[tmdb_id] for tmdb_id in held if tmdb_id in by_id}
    for tmdb_id, film in fetched.items():
        _compare(film, held[tmdb_id], changes, is_new=tmdb_id in new)
    _write(changes, genre_ids, at=at)
    stale = _confirm(answers.unchanged, held, changes, at=at)
    unknown = _tombstone(answers.gone, held, changes, at=at)
    return Stored(**changes.outcomes, stale=stale, unknown=unknown)


@transaction.atomic(savepoint=False)
def store_listed(rows: Iterable[MoviePayload], *, at: datetime) -> Listed:
    """Write rows of lists.

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
    _write_listed_genres({stored[tmdb_id].id: by_id[tmdb_id] for tmdb_id in new})
    films.write_votes({row.id: by_id[tmdb_id] for tmdb_id, row in stored.items()}, at=at)
    return Listed({tmdb_id: row.id for tmdb_id, row in stored.items()}, created=len(new))


def _confirm(
    tmdb_ids: Iterable[int], held: Mapping[int, StoredFilm], changes: _Changes, *, at: datetime
) -> frozenset[int]:
    """Those that were blanked or unlocked since TMDb was asked have no ETag any more."""
    same = {tmdb_id for tmdb_id in tmdb_ids if tmdb_id in held and held[tmdb_id].etag}
    films.confirm((held[tmdb_id].id for tmdb_id in same), at=at)
    changes.outcomes["unchanged"] += len(same)
    return frozenset(tmdb_ids) - same


def _tombstone(
    tmdb_ids: Iterable[int], held: Mapping[int, StoredFilm], changes: _Changes, *, at: datetime
) -> frozenset[int]:
    """Those that are not here, so that there is nothing to mark."""
    here = [held[tmdb_id] for tmdb_id in tmdb_ids if tmdb_id in held]
    alive = [film.id for film in here if not film.is_tombstoned]
    films.tombstone(alive, at=at)
    changes.outcomes["tombstoned"] += len(alive)
    changes.outcomes["unchanged"] += len(here) - len(alive)
    return frozenset(tmdb_ids).difference(held)


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
    if not row.has_details and not row.digests:
        changes.bare.add(row.id)
    changes.details[row.id] = Details(film.details, film.etag, {**row.digests, **told})
    differs = changed or row.is_tombstoned
    changes.outcomes["created" if is_new else "updated" if differs else "unchanged"] += 1


def _write(changes: _Changes, genre_ids: Mapping[int, int], *, at: datetime) -> None:
    """Films before their parts, so that their rows have the version of this transaction by then."""
    films.write_facts(changes.facts)
    films.write_details(changes.details, at=at)
    for part in PARTS:
        rows = changes.parts.get(part.name, {})
        if part is GENRES:
            write_part(part, _with_our_genres(rows, genre_ids))
        else:
            write_part(part, rows, bare=changes.bare)


def _with_our_genres(
    parts: Mapping[int, list[Row]], genre_ids: Mapping[int, int]
) -> dict[int, list[Row]]:
    return {
        movie_id: [(genre_ids[tmdb_id],) for (tmdb_id,) in rows] for movie_id, rows in parts.items()
    }


def _write_listed_genres(new: Mapping[int, MoviePayload]) -> None:
    """A list names genres by id alone, so those that are not known yet wait for the details."""
    known = known_genres({genre_id for row in new.values() for genre_id in row.genre_ids})
    rows = {
        movie_id: [(known[genre_id],) for genre_id in row.genre_ids if genre_id in known]
        for movie_id, row in new.items()
    }
    write_part(GENRES, rows)
