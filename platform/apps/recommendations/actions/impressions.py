"""What viewers were shown and opened. Clients tell it; the rest is read from the stored lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection

from apps.recommendations.models import ActiveGeneration, Impression, RecommendationList
from apps.users.models import User


class Refusal(StrEnum):
    """Why an event is left out; stable."""

    UNKNOWN_LIST = "unknown_list"
    NOT_IN_LIST = "not_in_list"
    MOVIE_NOT_FOUND = "movie_not_found"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownFilm:
    """A film that was shown at a moment, or clicked. `list_id` is None for films of no own list."""

    movie_id: int
    list_id: int | None
    surface: str
    at: datetime
    row: str = ""
    is_click: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class EventsRecorded:
    """By the events' positions why they were left out; all others are kept, now or before."""

    refusals: Mapping[int, Refusal]


# One statement: the lists are read as the rows are written. The account is held first, as whoever
# deletes it holds it before its rows, and rows are written in one order: so nobody waits for each
# other in a circle. A moment before the list was there, or after now, is a clock's mistake.
_RECORD = """
    WITH account AS MATERIALIZED (
        SELECT id FROM users_user WHERE id = %(user_id)s FOR KEY SHARE
    ),
    told AS (
        SELECT * FROM unnest(
            %(clicks)s::boolean[], %(list_ids)s::bigint[], %(movie_ids)s::integer[],
            %(surfaces)s::text[], %(rows)s::text[], %(moments)s::timestamptz[]
        ) WITH ORDINALITY AS each (is_click, list_id, movie_id, surface, row, at, number)
    ),
    lists AS MATERIALIZED (
        SELECT list.id, list.generation_id, generation.model_version_id, list.variant_id,
            list.created_at, list.movie_ids, list.scores, list.sources, list.propensities
        FROM recommendations_recommendationlist AS list
        JOIN recommendations_generation AS generation ON generation.id = list.generation_id
        WHERE list.user_id = %(user_id)s AND list.id = ANY(%(list_ids)s::bigint[])
    ),
    active AS MATERIALIZED (
        SELECT generation.id, generation.model_version_id, generation.activated_at,
            generation.popular_movie_ids, generation.popular_sources
        FROM recommendations_activegeneration AS active
        JOIN recommendations_generation AS generation ON generation.id = active.generation_id
        WHERE active.id = %(active_id)s
    ),
    places AS MATERIALIZED (
        SELECT lists.id AS list_id, %(any)s AS surface, place.*
        FROM lists, unnest(movie_ids, scores, sources, propensities)
            WITH ORDINALITY AS place (movie_id, score, source, propensity, number)
        UNION ALL
        SELECT NULL, %(list)s, place.movie_id, NULL, place.source, NULL, place.number
        FROM active, unnest(popular_movie_ids, popular_sources)
            WITH ORDINALITY AS place (movie_id, source, number)
    ),
    found AS MATERIALIZED (
        SELECT told.number, told.list_id, told.movie_id, told.surface, told.row,
            COALESCE(lists.generation_id, active.id) AS generation_id,
            COALESCE(lists.model_version_id, active.model_version_id) AS model_version_id,
            lists.variant_id, place.number - 1 AS position, place.score,
            CASE WHEN told.list_id IS NULL AND told.surface = %(list)s
                THEN COALESCE(place.source, %(popular)s) ELSE place.source END AS source,
            CASE WHEN told.list_id IS NOT NULL
                THEN COALESCE(place.propensity, 1) END AS propensity,
            LEAST(GREATEST(told.at, COALESCE(lists.created_at, active.activated_at)), %(now)s)
                AS at,
            told.is_click,
            CASE WHEN told.list_id IS NULL AND movie.id IS NULL THEN %(movie_not_found)s
                WHEN told.list_id IS NOT NULL AND lists.id IS NULL THEN %(unknown_list)s
                WHEN told.list_id IS NOT NULL AND place.number IS NULL THEN %(not_in_list)s
            END AS refusal
        FROM told
        LEFT JOIN lists ON lists.id = told.list_id
        LEFT JOIN active ON told.list_id IS NULL
        LEFT JOIN movies_movie AS movie ON told.list_id IS NULL AND movie.id = told.movie_id
        LEFT JOIN places AS place ON place.list_id IS NOT DISTINCT FROM told.list_id
            AND place.movie_id = told.movie_id AND place.surface IN (%(any)s, told.surface)
    ),
    recorded AS (
        INSERT INTO recommendations_impression AS kept
            (user_id, list_id, generation_id, model_version_id, variant_id, movie_id, position,
             source, score, propensity, surface, row, shown_at, clicked_at)
        SELECT COALESCE((SELECT id FROM account), %(user_id)s), list_id, generation_id,
            model_version_id, variant_id, movie_id, position, source, score, propensity, surface,
            (array_agg(row ORDER BY number))[1], min(at), min(at) FILTER (WHERE is_click)
        FROM found WHERE refusal IS NULL
        GROUP BY list_id, generation_id, model_version_id, variant_id, movie_id, position,
            source, score, propensity, surface
        ORDER BY list_id, generation_id, movie_id, surface
        ON CONFLICT (user_id, generation_id, list_id, movie_id, surface) DO UPDATE
        SET shown_at = LEAST(kept.shown_at, excluded.shown_at),
            clicked_at = LEAST(kept.clicked_at, excluded.clicked_at)
        WHERE excluded.shown_at < kept.shown_at
            OR excluded.clicked_at < COALESCE(kept.clicked_at, 'infinity')
    )
    SELECT number - 1, refusal FROM found WHERE refusal IS NOT NULL ORDER BY number
"""
_WORDS: Mapping[str, Any] = {
    "active_id": ActiveGeneration.ROW_ID,
    "any": "",
    "list": Impression.Surface.LIST.value,
    "popular": RecommendationList.Source.POPULAR.value,
    **{refusal.value: refusal.value for refusal in Refusal},
}


def record_events(
    *, user: User, events: Sequence[ShownFilm], at: datetime
) -> EventsRecorded | None:
    """Keep what the viewer was shown and clicked; None in private, of which nothing is kept.

    Told again it is the same: the first moment stays. A click says that the film was shown, too.
    """
    if user.is_private:
        return None
    told: dict[str, Any] = {
        "user_id": user.pk,
        "now": at,
        "clicks": [event.is_click for event in events],
        "list_ids": [event.list_id for event in events],
        "movie_ids": [event.movie_id for event in events],
        "surfaces": [event.surface for event in events],
        "rows": [event.row for event in events],
        "moments": [event.at for event in events],
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, {**_WORDS, **told})
        refused = cursor.fetchall()
    return EventsRecorded(refusals={index: Refusal(reason) for index, reason in refused})
