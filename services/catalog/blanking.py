"""TMDb lets its facts be kept for six months. What could not be refreshed in that time goes.

Ids, titles, years and votes stay, and with them what viewers did with the film. Only rows that
TMDb filled are touched, and only where there is a credential to fill them again.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from services import tmdb
from services.tmdb.errors import NoCredentialError

from .locks import hold_catalogue_alone
from .parts import GENRES, PARTS
from .preparing import Preparation, add, finish
from .rows import delete_of_movies

ROWS_PER_SLICE = 1_000

_EXPIRED = """
    from_tmdb AND blanked_at IS NULL AND tmdb_id IS NOT NULL
    AND coalesce(synced_at, listed_at) < %(before)s
"""
_BLANK = f"""
    WITH expired AS (
        SELECT id FROM movies_movie WHERE {_EXPIRED}
        ORDER BY tmdb_id LIMIT %(limit)s FOR NO KEY UPDATE
    )
    UPDATE movies_movie movie SET
        overview = CASE WHEN 'overview' = ANY(locked_fields) THEN overview ELSE '' END,
        tagline = CASE WHEN 'tagline' = ANY(locked_fields) THEN tagline ELSE '' END,
        homepage = CASE WHEN 'homepage' = ANY(locked_fields) THEN homepage ELSE '' END,
        status = CASE WHEN 'status' = ANY(locked_fields) THEN status ELSE '' END,
        poster_path = CASE WHEN 'poster_path' = ANY(locked_fields) THEN poster_path ELSE '' END,
        backdrop_path =
            CASE WHEN 'backdrop_path' = ANY(locked_fields) THEN backdrop_path ELSE '' END,
        release_date = CASE WHEN 'release_date' = ANY(locked_fields) THEN release_date END,
        runtime = CASE WHEN 'runtime' = ANY(locked_fields) THEN runtime END,
        original_language = CASE
            WHEN 'original_language' = ANY(locked_fields) THEN original_language ELSE '' END,
        budget = CASE WHEN 'budget' = ANY(locked_fields) THEN budget END,
        revenue = CASE WHEN 'revenue' = ANY(locked_fields) THEN revenue END,
        collection_id = CASE WHEN 'collection' = ANY(locked_fields) THEN collection_id END,
        origin_countries = '{{}}', production_countries = '{{}}', spoken_languages = '{{}}',
        etag = '', digests = '{{}}',
        blanked_at = %(at)s, updated_at = %(at)s
    FROM expired WHERE movie.id = expired.id
    RETURNING movie.id
"""  # noqa: S608  # a constant


# People, keywords and the like that no film names any more are as old as the films that did.
_REMOVE_UNNAMED = """
    DELETE FROM {table} WHERE id IN (
        SELECT id FROM {table} gone
        WHERE NOT EXISTS (SELECT FROM {naming} WHERE {column} = gone.id) LIMIT %s
    )
"""
_NAMED = (
    ("movies_person", "movies_credit", "person_id"),
    ("movies_keyword", "movies_movie_keywords", "keyword_id"),
    ("movies_company", "movies_movie_companies", "company_id"),
    ("movies_collection", "movies_movie", "collection_id"),
)


def prepare(work: Preparation) -> None:
    """One batch in each slice, until no row is left."""
    if not tmdb.has_credential():
        raise NoCredentialError("without a credential nothing could fill the films again")
    with work.saving() as held:
        at = work.clock()
        movie_ids = _blank(before=cutoff(at=at), at=at)
        for part in PARTS:
            # The genres are what recommendations need most, and no text of TMDb's.
            if part is not GENRES:
                delete_of_movies(part.table, movie_ids)
        add(held, seen=len(movie_ids), updated=len(movie_ids))
        held.total += len(movie_ids)
        if len(movie_ids) < ROWS_PER_SLICE and not (held.seen and _remove_unnamed()):
            finish(held, at=at)


def _remove_unnamed() -> bool:
    """Whether there may be more. No sync can be about to name one of them: nobody else stores."""
    removed = 0
    with connection.cursor() as cursor:
        for table, naming, column in _NAMED:
            statement = _REMOVE_UNNAMED.format(table=table, naming=naming, column=column)
            cursor.execute(statement, [ROWS_PER_SLICE])
            removed = max(removed, cursor.rowcount)
    return removed >= ROWS_PER_SLICE


def cutoff(*, at: datetime) -> datetime:
    days: int = settings.TMDB_CACHE_DAYS
    return at - timedelta(days=days)


def count_expired(*, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM movies_movie WHERE {_EXPIRED}",  # noqa: S608  # a constant
            {"before": cutoff(at=at)},
        )
        return int(cursor.fetchone()[0])


def _blank(*, before: datetime, at: datetime) -> list[int]:
    hold_catalogue_alone()
    with connection.cursor() as cursor:
        cursor.execute(_BLANK, {"before": before, "at": at, "limit": ROWS_PER_SLICE})
        return [movie_id for (movie_id,) in cursor.fetchall()]
