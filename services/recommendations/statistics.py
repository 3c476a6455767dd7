"""The statistics of all viewers. They read large tables, so that no request computes them."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection

from apps.recommendations.models import (
    ActiveGeneration,
    Generation,
    RecommendationList,
    RecommendationStats,
)
from apps.recommendations.outcomes import COUNTS, OUTCOMES, PARAMETERS, PERIOD, Outcomes
from apps.users.models import User

FIRST_PLACES = 20
Source = RecommendationList.Source
FALLBACKS = (Source.TRENDING, Source.POPULAR)

# Of each viewer the newest list of the generation, its first page.
_LISTS = """
    WITH newest AS MATERIALIZED (
        SELECT DISTINCT ON (user_id) user_id, created_at, sources[1:%(places)s] AS sources
        FROM recommendations_recommendationlist WHERE generation_id = %(generation_id)s
        ORDER BY user_id, id DESC
    ),
    ages AS (SELECT extract(epoch FROM %(at)s - created_at) AS seconds FROM newest)
    SELECT
        (SELECT count(*) FROM newest),
        (SELECT count(*) FROM newest WHERE NOT %(personal)s = ANY(sources)),
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM ages),
        (SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) FROM ages),
        ARRAY(SELECT source::integer FROM newest, unnest(sources) AS source
            GROUP BY source ORDER BY source),
        ARRAY(SELECT count(*) FROM newest, unnest(sources) AS source
            GROUP BY source ORDER BY source)
"""
_WAITING = """
    SELECT count(*) FILTER (WHERE is_realtime), count(*) FILTER (WHERE NOT is_realtime)
    FROM favorites_taste WHERE revision > listed_revision
"""
# A film of a viewer belongs to the source that it was first shown from.
_OUTCOMES = f"""
    WITH shown AS (
        SELECT user_id, movie_id, min(shown_at) AS shown_at, count(clicked_at) > 0 AS is_clicked,
            (array_agg(source ORDER BY shown_at, id))[1] AS source
        FROM recommendations_impression WHERE shown_at >= %(since)s
        GROUP BY user_id, movie_id
    ),
    outcomes AS MATERIALIZED (SELECT source, {OUTCOMES} FROM shown),
    told AS (
        SELECT source, count(*) AS impressions, count(clicked_at) AS clicks
        FROM recommendations_impression WHERE shown_at >= %(since)s
        GROUP BY source
    ),
    became AS (SELECT source, ARRAY[{COUNTS}] AS counts FROM outcomes GROUP BY source)
    SELECT told.source, told.impressions, told.clicks, became.counts
    FROM told LEFT JOIN became ON became.source IS NOT DISTINCT FROM told.source
    ORDER BY told.source NULLS LAST
"""  # noqa: S608  # parts of our own
_NOTHING = [0] * 6


def compute_stats(*, clock: Callable[[], datetime]) -> RecommendationStats:
    """Compute the statistics anew, in the place of those before."""
    at = clock()
    body = _body(at=at)
    seconds = (clock() - at).total_seconds()
    stats, _ = RecommendationStats.objects.update_or_create(
        pk=RecommendationStats.ROW_ID,
        defaults={"computed_at": at, "seconds": seconds, "body": body},
    )
    return stats


def _body(*, at: datetime) -> dict[str, Any]:
    generation = Generation.objects.filter(pk__in=_active_generation_ids()).first()
    realtime, next_generation = _row(_WAITING, {})
    return {
        "generation": generation and _generation(generation, at=at),
        "viewers": User.objects.filter(is_active=True).count(),
        "waiting": {"realtime": realtime, "next_generation": next_generation},
        "shown": _shown(since=at - PERIOD),
    }


def _active_generation_ids() -> Any:
    return ActiveGeneration.objects.filter(pk=ActiveGeneration.ROW_ID).values("generation")


def _generation(generation: Generation, *, at: datetime) -> dict[str, Any]:
    asked = {
        "generation_id": generation.pk,
        "places": FIRST_PLACES,
        "personal": Source.PERSONAL.value,
        "at": at,
    }
    viewers, impersonal, median, p95, *mix = _row(_LISTS, asked)
    places = dict(zip(*mix, strict=True))
    return {
        "id": generation.pk,
        "model_version_id": generation.model_version_id,
        "activated_at": generation.activated_at and generation.activated_at.isoformat(),
        "viewers_with_list": viewers,
        "viewers_without_personal": impersonal,
        "median_age_seconds": median and float(median),
        "p95_age_seconds": p95 and float(p95),
        "sources": {source.label: places.get(source.value, 0) for source in Source},
        "fallback_share": _share(places),
    }


def _share(places: dict[int, int]) -> float | None:
    total = sum(places.values())
    return sum(places.get(source, 0) for source in FALLBACKS) / total if total else None


def _shown(*, since: datetime) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, {**PARAMETERS, "since": since})
        by_source = dict(_by_source(cursor.fetchall()))
    return {
        "since": since.isoformat(),
        "all": _told(_sum(list(by_source.values()))),
        "by_source": [{"source": name, **_told(outcomes)} for name, outcomes in by_source.items()],
    }


def _by_source(rows: list[Any]) -> Iterator[tuple[str | None, Outcomes]]:
    """A film that was first shown from another source is among the films of that one."""
    for source, impressions, clicks, counts in rows:
        name = None if source is None else Source(source).label
        yield name, Outcomes.of([impressions, clicks, *(counts or _NOTHING)])


def _sum(parts: list[Outcomes]) -> Outcomes:
    columns = zip(*(asdict(part).values() for part in parts), strict=True)
    return Outcomes.of([sum(column) for column in columns] or [0, 0, *_NOTHING])


def _told(outcomes: Outcomes) -> dict[str, Any]:
    rates = {"click_rate": outcomes.click_rate, "hit_rate": outcomes.hit_rate}
    return asdict(outcomes) | rates


def _row(statement: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
