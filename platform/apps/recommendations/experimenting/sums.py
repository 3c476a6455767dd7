"""What viewers did with what a variant showed them, added up by PostgreSQL viewer by viewer.

It reads all impressions of the experiment: for workers, never in a request.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from apps.recommendations.models import Experiment

from .sequential import Sums

Metric = Experiment.Metric

# A rating of that much says that the film was liked.
LIKED_FROM = 7

# By metric the numerator and denominator of a viewer, by their columns below.
_RATIOS: Mapping[str, tuple[str, str]] = {
    Metric.CLICKS: ("clicks", "impressions"),
    Metric.SAVES: ("saves", "1"),
    Metric.RATINGS: ("ratings", "1"),
    Metric.LIKED: ("liked", "ratings"),
}
# Of a ratio whose denominator is 0 a viewer says nothing, and counts for nothing.
_COLUMNS = ", ".join(
    f"count(*) FILTER (WHERE {y} > 0), sum({x}), sum({y}), sum({x} * {x}), sum({x} * {y}), "
    f"sum({y} * {y})"
    for x, y in _RATIOS.values()
)
# A film counts as saved or rated only if that came after it was first shown, and once, on however
# many lists it was. A rating that was imported says when it was made; that counts. None is stored
# before it is made, so those that were stored before the start need not be joined.
_SUMS = f"""
    WITH shown AS (
        SELECT variant_id, user_id, movie_id, min(shown_at) AS since,
            count(*) AS impressions, count(*) FILTER (WHERE clicked_at <= %(until)s) AS clicks
        FROM recommendations_impression
        WHERE shown_at BETWEEN %(since)s AND %(until)s AND variant_id = ANY(%(variant_ids)s)
        GROUP BY variant_id, user_id, movie_id
    ), viewers AS (
        SELECT shown.variant_id, sum(impressions) AS impressions, sum(clicks) AS clicks,
            count(*) FILTER (
                WHERE favorite.created_at BETWEEN since AND %(until)s
                    OR listed.created_at BETWEEN since AND %(until)s
            ) AS saves,
            count(*) FILTER (WHERE rated_at BETWEEN since AND %(until)s) AS ratings,
            count(*) FILTER (
                WHERE rated_at BETWEEN since AND %(until)s AND score >= %(liked_from)s
            ) AS liked
        FROM shown
        LEFT JOIN favorites_favorite AS favorite USING (user_id, movie_id)
        LEFT JOIN favorites_watchlistentry AS listed USING (user_id, movie_id)
        LEFT JOIN (
            SELECT user_id, movie_id, score,
                LEAST(created_at, COALESCE(rated_at, created_at)) AS rated_at
            FROM favorites_rating WHERE created_at >= %(since)s
        ) AS rating USING (user_id, movie_id)
        GROUP BY shown.variant_id, shown.user_id
    )
    SELECT variant_id, {_COLUMNS} FROM viewers GROUP BY variant_id
"""  # noqa: S608  # the columns are this module's own

AllSums = dict[int, dict[str, Sums]]


def sums_of(experiment: Experiment, *, until: datetime) -> AllSums:
    """By variant and metric; nothing of a variant that nobody was shown."""
    variant_ids = list(experiment.variants.values_list("pk", flat=True))
    parameters: dict[str, Any] = {
        "since": experiment.started_at,
        "until": until,
        "variant_ids": variant_ids,
        "liked_from": LIKED_FROM,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, parameters)
        rows = cursor.fetchall()
    return {variant_id: _by_metric(numbers) for variant_id, *numbers in rows}


def _by_metric(numbers: list[Any]) -> dict[str, Sums]:
    width = len(numbers) // len(_RATIOS)
    parts = (numbers[start : start + width] for start in range(0, len(numbers), width))
    return {
        metric: Sums(viewers, *map(float, part))
        for metric, (viewers, *part) in zip(_RATIOS, parts, strict=True)
    }
