"""The statements of a bulk write. Each takes any number of events of one kind at once.

Each answers every event's position, its row's id and what became of it. What is stored as it is
told is not written again. The viewer's Taste is locked, so nothing of the viewer's comes between.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.db import connection

from .bulk_events import Became, Event, Key, Kind, Outcome

# What is found cannot go before the transaction ends: it would refuse the events of all others.
_FIND_MOVIES = """
    SELECT id, tmdb_id FROM movies_movie
    WHERE id = ANY(%s::bigint[]) OR tmdb_id = ANY(%s::bigint[])
    ORDER BY id FOR KEY SHARE
"""
_FIND_PEOPLE = """
    SELECT id FROM movies_person WHERE id = ANY(%s::bigint[]) ORDER BY id FOR KEY SHARE
"""
_FIND_GENRES = """
    SELECT id FROM movies_genre WHERE id = ANY(%s::bigint[]) ORDER BY id FOR KEY SHARE
"""

_EVENTS = """
    event AS (
        SELECT * FROM unnest(
            %(positions)s::int[], %(subject_ids)s::bigint[], %(amounts)s::smallint[],
            %(moments)s::timestamptz[]
        ) AS told (position, subject_id, amount, moment)
    )
"""
_OUTCOMES = """
    SELECT told.position, coalesce(written.id, told.id),
        CASE WHEN written.id IS NULL THEN 'unchanged'
             WHEN told.id IS NULL THEN 'created' ELSE 'changed' END
    FROM told LEFT JOIN written
"""

# A score with a moment replaces one that is not newer. One without is of now, and changes nothing
# where it is the score that is stored; else it is the latest word, also after a device whose clock
# is ahead.
_SAVE_RATINGS = f"""
    WITH {_EVENTS}, told AS (
        SELECT event.*, stored.id, stored.rated_at, stored.id IS NULL OR CASE
                WHEN event.moment IS NULL THEN event.amount <> stored.score
                ELSE coalesce(event.moment >= stored.rated_at, true)
                    AND (event.amount, event.moment)
                        IS DISTINCT FROM (stored.score, stored.rated_at)
            END AS is_new
        FROM event LEFT JOIN favorites_rating stored
            ON stored.user_id = %(user_id)s AND stored.movie_id = event.subject_id
    ), written AS (
        INSERT INTO favorites_rating (user_id, movie_id, score, rated_at, created_at, updated_at)
        SELECT %(user_id)s, subject_id, amount,
            coalesce(moment, greatest(%(at)s, rated_at + interval '1 microsecond')),
            %(at)s, %(at)s
        FROM told WHERE is_new ORDER BY subject_id
        ON CONFLICT (user_id, movie_id) DO UPDATE
        SET score = excluded.score, rated_at = excluded.rated_at, updated_at = excluded.updated_at
        RETURNING id, movie_id
    )
    {_OUTCOMES} ON written.movie_id = told.subject_id
"""  # noqa: S608  # made of parts that stand here

_SAVE_VIEWINGS = f"""
    WITH {_EVENTS}, told AS (
        SELECT event.*, stored.id,
            stored.id IS NULL OR event.amount <> stored.progress AS is_new
        FROM event LEFT JOIN favorites_watchentry stored
            ON stored.user_id = %(user_id)s AND stored.movie_id = event.subject_id
            AND stored.watched_at = event.moment
    ), written AS (
        INSERT INTO favorites_watchentry
            (user_id, movie_id, watched_at, progress, created_at, updated_at)
        SELECT %(user_id)s, subject_id, moment, amount, %(at)s, %(at)s
        FROM told WHERE is_new ORDER BY subject_id, moment
        ON CONFLICT (user_id, movie_id, watched_at) DO UPDATE
        SET progress = excluded.progress, updated_at = excluded.updated_at
        RETURNING id, movie_id, watched_at
    )
    {_OUTCOMES} ON written.movie_id = told.subject_id AND written.watched_at = told.moment
"""  # noqa: S608  # as above

# Any viewing without a moment may be the one that is told of: that which went furthest is, and if
# it went less far than what is told, it went on.
_SAVE_UNDATED_VIEWINGS = f"""
    WITH {_EVENTS}, told AS (
        SELECT event.*, stored.id, stored.progress
        FROM event LEFT JOIN (
            SELECT DISTINCT ON (movie_id) movie_id, id, progress FROM favorites_watchentry
            WHERE user_id = %(user_id)s AND movie_id = ANY(%(subject_ids)s::bigint[])
              AND watched_at IS NULL
            ORDER BY movie_id, progress DESC, id
        ) stored ON stored.movie_id = event.subject_id
    ), inserted AS (
        INSERT INTO favorites_watchentry (user_id, movie_id, progress, created_at, updated_at)
        SELECT %(user_id)s, subject_id, amount, %(at)s, %(at)s
        FROM told WHERE id IS NULL ORDER BY subject_id
        RETURNING id, movie_id
    ), continued AS (
        UPDATE favorites_watchentry AS entry SET progress = told.amount, updated_at = %(at)s
        FROM told WHERE entry.id = told.id AND told.amount > told.progress
        RETURNING entry.id, entry.movie_id
    ), written AS (
        SELECT * FROM inserted UNION ALL SELECT * FROM continued
    )
    {_OUTCOMES} ON written.movie_id = told.subject_id
"""  # noqa: S608  # made of parts that stand here

# Rows that say no more than that they are there.
_SAVE_MARKS = f"""
    WITH {_EVENTS}, told AS (
        SELECT event.*, stored.id FROM event LEFT JOIN {{table}} stored
            ON stored.user_id = %(user_id)s AND stored.{{column}} = event.subject_id
    ), written AS (
        INSERT INTO {{table}} (user_id, {{column}}, created_at)
        SELECT %(user_id)s, subject_id, %(at)s FROM told WHERE id IS NULL ORDER BY subject_id
        ON CONFLICT DO NOTHING
        RETURNING id, {{column}}
    )
    {_OUTCOMES} ON written.{{column}} = told.subject_id
"""  # noqa: S608  # made of parts that stand here
_MARKS = {
    Kind.FAVORITE: "favorites_favorite",
    Kind.WATCHLIST: "favorites_watchlistentry",
    Kind.NOT_INTERESTED: "favorites_notinterested",
}


def statement_for(key: Key) -> str:
    if key.kind is Kind.RATING:
        return _SAVE_RATINGS
    if key.kind is Kind.WATCH:
        return _SAVE_VIEWINGS if key.watched_at else _SAVE_UNDATED_VIEWINGS
    return _save_marks(key.kind, key.subject.column)


@cache
def _save_marks(kind: Kind, column: str) -> str:
    return _SAVE_MARKS.format(table=_MARKS[kind], column=column)


def save(
    statement: str, keyed: Sequence[tuple[Key, Event]], *, user_id: int, at: datetime
) -> dict[int, Became]:
    """Store events of different keys that are all for the same statement."""
    parameters = {
        "user_id": user_id,
        "at": at,
        "positions": _array(event.position for _, event in keyed),
        "subject_ids": _array(key.subject.id for key, _ in keyed),
        "amounts": _array(event.amount for _, event in keyed),
        "moments": _array(_quoted(event.moment) for _, event in keyed),
    }
    return {
        position: Became(Outcome(outcome), row_id)
        for position, row_id, outcome in _rows(statement, parameters)
    }


def find_movies(ids: Collection[int], tmdb_ids: Collection[int]) -> list[tuple[int, int | None]]:
    return _rows(_FIND_MOVIES, [_array(ids), _array(tmdb_ids)])


def _find(statement: str, ids: Collection[int]) -> list[int]:
    return [row_id for (row_id,) in _rows(statement, [_array(ids)])]


FINDERS: dict[str, Callable[[Collection[int]], list[int]]] = {
    "person_id": partial(_find, _FIND_PEOPLE),
    "genre_id": partial(_find, _FIND_GENRES),
}


def _quoted(moment: datetime | None) -> str | None:
    return None if moment is None else f'"{moment.isoformat()}"'


def _array(values: Iterable[int | str | None]) -> str:
    """PostgreSQL's literal of an array, which it reads faster than a thousand expressions."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def _rows(statement: str, parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
