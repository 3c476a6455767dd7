"""What the platform itself has stored of how fresh its lists were, to compare with."""

from collections.abc import Collection
from dataclasses import dataclass

from tests.flows.live import LivePlatform

_NEWEST = "SELECT coalesce(max(id), 0) FROM recommendations_recommendationlist"
_STORED = """
    SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY waited_seconds),
        percentile_cont(0.95) WITHIN GROUP (ORDER BY waited_seconds),
        coalesce(bool_and(is_exact), false)
    FROM recommendations_listfreshness WHERE list_id > %s
"""
# Lists that are built with all others have no moment of a write.
_OF_OTHERS = """
    SELECT count(*) FROM recommendations_recommendationlist
    WHERE id > %s AND written_at IS NOT NULL AND NOT user_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Stored:
    builds: int
    p50: float | None
    p95: float | None
    is_exact: bool


def newest_list(live: LivePlatform) -> int:
    return int(live.row(_NEWEST)[0])


def stored_since(live: LivePlatform, list_id: int) -> Stored:
    return Stored(*live.row(_STORED, list_id))


def builds_of_others(live: LivePlatform, list_id: int, writers: Collection[int]) -> int:
    """Lists that were built for viewers who wrote nothing."""
    return int(live.row(_OF_OTHERS, list_id, list(writers))[0])
