"""Notes that triggers of the database write of films whose search documents are out of date.

What was noted last is taken first: films that are synced now come before the million that an export
has just told of.
"""

from typing import Any

from django.db import connection

# A note has at most 250 films, as those of the triggers: PostgreSQL would put a longer one aside.
# Names come first: the films that have them are noted in their place.
_EXPAND = """
    WITH named AS (
        DELETE FROM movies_staledocument WHERE movie_id IS NULL RETURNING person_id, keyword_id
    ), films AS (
        SELECT movie_id FROM movies_credit WHERE person_id IN (SELECT person_id FROM named)
        UNION
        SELECT movie_id FROM movies_movie_keywords
        WHERE keyword_id IN (SELECT keyword_id FROM named)
    )
    INSERT INTO movies_stalefilms (movie_ids)
    SELECT array_agg(movie_id) FROM (
        SELECT movie_id, (row_number() OVER () - 1) / 250 AS note FROM films
    ) AS numbered GROUP BY note
"""
# No more films than asked for, but at least one note.
_TAKE = """
    DELETE FROM movies_stalefilms WHERE id = ANY (ARRAY(
        SELECT id FROM (
            SELECT id, row_number() OVER newest AS place,
                sum(cardinality(movie_ids)) OVER newest AS films
            FROM (
                SELECT id, movie_ids FROM movies_stalefilms ORDER BY id DESC LIMIT %(limit)s
            ) AS last WINDOW newest AS (ORDER BY id DESC)
        ) AS counted WHERE place = 1 OR films <= %(limit)s
    )) RETURNING movie_ids
"""
# Of the version before, whose triggers wrote a row for each film; with all of the same films.
_TAKE_OLD = """
    DELETE FROM movies_staledocument WHERE movie_id = ANY (ARRAY(
        SELECT movie_id FROM movies_staledocument WHERE movie_id IS NOT NULL ORDER BY id LIMIT %s
    )) RETURNING movie_id
"""
_EXISTS = """
    SELECT EXISTS (SELECT FROM movies_stalefilms) OR EXISTS (SELECT FROM movies_staledocument)
"""
# The best known films are noted last.
_NOTE = """
    WITH noted AS (
        INSERT INTO movies_stalefilms (movie_ids)
        SELECT array_agg(id) FROM (
            SELECT id, (row_number() OVER (ORDER BY vote_count DESC, id) - 1) / 250 AS note
            FROM movies_movie AS film WHERE {lack}
        ) AS numbered GROUP BY note ORDER BY note DESC
        RETURNING cardinality(movie_ids) AS films
    )
    SELECT coalesce(sum(films), 0) FROM noted
"""
_ALL = _NOTE.format(lack="true")
# Whoever made the others' documents may have known of no reason to make theirs.
_LACKING = _NOTE.format(
    lack="""tombstoned_at IS NULL
                AND NOT EXISTS (SELECT FROM movies_searchdocument WHERE movie_id = film.id)"""
)


def take(*, limit: int) -> set[int]:
    """About `limit` films that were noted, in the transaction that makes their documents."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPAND)
        cursor.execute(_TAKE, {"limit": limit})
        if notes := cursor.fetchall():
            return {movie_id for (movie_ids,) in notes for movie_id in movie_ids}
        cursor.execute(_TAKE_OLD, [limit])
        return {movie_id for (movie_id,) in cursor.fetchall()}


def exist() -> bool:
    return bool(_value(_EXISTS))


def note_all() -> int:
    """Note all films; how many there are."""
    return int(_value(_ALL))


def note_lacking() -> int:
    """Note films that have no document and should have one; how many there are.

    While other notes wait it notes none, as these films may be among them.
    """
    return 0 if exist() else int(_value(_LACKING))


def _value(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (value,) = cursor.fetchone()
    return value
