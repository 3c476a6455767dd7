"""Films like a film: by our model, by TMDb, and if these are few those that share the most."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from apps.core.similar_films import similar_to

from .models import Movie, RelatedTitles
from .querysets import MovieQuerySet
from .rankings import Ranking, Source
from .shown_films import is_shown

MOST_SIMILAR = 40
# If model or TMDb name fewer that are here, others follow them.
FEWEST_NAMED = 10

# Each step takes a bounded number of rows, however common a keyword or a genre is. A keyword of
# very many films says little of any, so any 300 of them do; of a genre the most popular films do.
_SHARING = """
    WITH candidate AS (
        SELECT sibling.id AS movie_id, 100 AS points
        FROM movies_movie AS film
        JOIN movies_movie AS sibling ON sibling.collection_id = film.collection_id
        WHERE film.id = %(movie_id)s
        UNION ALL
        SELECT other.movie_id, 10 / ln(1 + count(*) OVER (PARTITION BY own.keyword_id))
        FROM (
            SELECT keyword_id FROM movies_movie_keywords
            WHERE movie_id = %(movie_id)s ORDER BY keyword_id LIMIT 40
        ) AS own
        CROSS JOIN LATERAL (
            SELECT movie_id FROM movies_movie_keywords
            WHERE keyword_id = own.keyword_id LIMIT 300
        ) AS other
        UNION ALL
        SELECT popular.id, 0
        FROM (
            SELECT id FROM movies_movie AS film
            WHERE {is_shown} ORDER BY vote_count DESC, id LIMIT 300
        ) AS popular
    ), nearest AS (
        SELECT sharing.movie_id, sharing.points
        FROM (
            SELECT movie_id, sum(points) AS points FROM candidate
            WHERE movie_id <> %(movie_id)s
            GROUP BY movie_id ORDER BY points DESC, movie_id
        ) AS sharing
        JOIN movies_movie AS film ON film.id = sharing.movie_id
        WHERE {is_shown}
        ORDER BY sharing.points DESC, sharing.movie_id LIMIT 500
    ), ranked AS MATERIALIZED (
        SELECT nearest.movie_id, nearest.points + 2 * (
            SELECT count(*) FROM movies_movie_genres AS theirs
            JOIN movies_movie_genres AS own
                ON own.genre_id = theirs.genre_id AND own.movie_id = %(movie_id)s
            WHERE theirs.movie_id = nearest.movie_id
        ) AS points
        FROM nearest
    )
    SELECT film.id FROM ranked JOIN movies_movie AS film ON film.id = ranked.movie_id
    WHERE ranked.points > 0
    ORDER BY ranked.points DESC, film.vote_count DESC, film.id
    LIMIT %(limit)s
"""


def similar_films(movie_id: int, *, include_adult: bool = False) -> Ranking:
    """By the model of what viewers did, where it knows the film; else by TMDb; else by what films
    share. Those that come later fill up what is short.

    Raises Movie.DoesNotExist.
    """
    synced_at = _synced_at(movie_id)
    listed = Movie.objects.listed(include_adult=include_adult)
    alike = _shown(similar_to(movie_id), listed)
    named = [] if len(alike) >= FEWEST_NAMED else _named_by_tmdb(movie_id, listed)
    told = list(dict.fromkeys([*alike, *named]))
    is_short = len(told) < FEWEST_NAMED
    sharing = _sharing_most(movie_id, include_adult=include_adult) if is_short else []
    found = list(dict.fromkeys([*told, *sharing]))
    films = Movie.objects.in_order_of("id", found)
    if alike and found == alike:
        return Ranking(films, Source.MODEL)
    if named and found == named:
        return Ranking(films, Source.TMDB, synced_at)
    return Ranking(films, Source.CATALOGUE)


def _shown(movie_ids: Sequence[int], listed: MovieQuerySet) -> list[int]:
    """Those that lists may show, in the same order."""
    if not movie_ids:
        return []
    films = listed.in_order_of("id", movie_ids)
    return list(films.values_list("pk", flat=True))


def _sharing_most(movie_id: int, *, include_adult: bool) -> list[int]:
    statement = _SHARING.format(is_shown=is_shown(include_adult=include_adult))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"movie_id": movie_id, "limit": MOST_SIMILAR})
        return [pk for (pk,) in cursor.fetchall()]


def _synced_at(movie_id: int) -> datetime | None:
    return Movie.objects.values_list("synced_at", flat=True).get(pk=movie_id)


def _named_by_tmdb(movie_id: int, listed: MovieQuerySet) -> list[int]:
    """What TMDb recommends, then what it finds similar, as far as it is here to be shown."""
    related = RelatedTitles.objects.filter(movie=movie_id).first()
    if related is None:
        return []
    tmdb_ids = dict.fromkeys([*related.recommended_tmdb_ids, *related.similar_tmdb_ids])
    films = listed.exclude(pk=movie_id).in_order_of("tmdb_id", list(tmdb_ids))
    return list(films.values_list("pk", flat=True))
