"""What a viewer's recommendations amount to, in two queries."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from .cursors import Origin
from .models import RecommendationList
from .outcomes import COUNTS, OUTCOMES, PARAMETERS, PERIOD, Outcomes
from .stored import StoredList, current_list

_OWN = f"""
    WITH told AS MATERIALIZED (
        SELECT user_id, movie_id, shown_at, clicked_at FROM recommendations_impression
        WHERE user_id = %(user_id)s AND shown_at >= %(since)s
    ),
    shown AS (
        SELECT user_id, movie_id, min(shown_at) AS shown_at, count(clicked_at) > 0 AS is_clicked
        FROM told GROUP BY user_id, movie_id
    ),
    outcomes AS (SELECT {OUTCOMES} FROM shown)
    SELECT
        (SELECT count(*) FROM recommendations_recommendationlist WHERE user_id = %(user_id)s),
        (SELECT count(*) FROM told), (SELECT count(clicked_at) FROM told), {COUNTS}
    FROM outcomes
"""  # noqa: S608  # parts of our own


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnList:
    list_id: int
    generated_at: datetime
    age_seconds: float
    revision: int
    is_stale: bool
    films: int
    sources: dict[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnStats:
    """`list` is None for a viewer without one of their own."""

    list: OwnList | None
    lists_kept: int
    current_revision: int
    since: datetime
    shown: Outcomes


def read_own_stats(user_id: int, *, at: datetime) -> OwnStats:
    stored = current_list(user_id=user_id)
    since = at - PERIOD
    with connection.cursor() as cursor:
        cursor.execute(_OWN, {**PARAMETERS, "user_id": user_id, "since": since})
        lists_kept, *counts = cursor.fetchone()
    return OwnStats(
        list=_own_list(stored, at=at) if stored.origin is Origin.LIST else None,
        lists_kept=lists_kept,
        current_revision=stored.current_revision,
        since=since,
        shown=Outcomes.of(counts),
    )


def _own_list(stored: StoredList, *, at: datetime) -> OwnList:
    generated_at = stored.generated_at or at
    counts = Counter(item.source for item in stored.items)
    return OwnList(
        list_id=stored.row_id,
        generated_at=generated_at,
        age_seconds=max(0.0, (at - generated_at).total_seconds()),
        revision=stored.revision,
        is_stale=stored.revision < stored.current_revision,
        films=len(stored.items),
        sources={source.label: counts[source] for source in RecommendationList.Source},
    )
