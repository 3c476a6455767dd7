"""For how long a viewer's next list will be waited for, as far as the database can tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from apps.core.heartbeats import of_queue

from .cursors import Cursor
from .models import ActiveGeneration
from .stored import StoredList

# A viewer who rates film after film gets a list at once and then at most one in this time.
MIN_INTERVAL = timedelta(seconds=1)
# So many of the newest lists tell how long one takes: few, so that an outage is soon forgotten.
NEWEST_LISTS = 10
# So many waiting viewers are looked at; of a longer queue nobody knows who is ahead.
COUNTED_VIEWERS = 1_000
# Whoever has waited for so much longer than others did is not told a number any more.
PATIENCE = timedelta(seconds=5)

_REALTIME = of_queue("realtime")


class Reason(StrEnum):
    """Why there is no list of the revision."""

    WAITING = "waiting"
    DELAYED = "delayed"
    NO_WORKER = "no_worker"
    NEXT_GENERATION = "next_generation"
    NOTHING_PUBLISHED = "nothing_published"
    OLDER_LIST = "older_list"
    UNKNOWN_REVISION = "unknown_revision"


# Reasons that pass by themselves, soon.
WORTH_ASKING = (Reason.WAITING, Reason.DELAYED, Reason.NO_WORKER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """`estimated_ms` is None where nothing tells how long."""

    reason: Reason
    estimated_ms: int | None = None


# A refresh notes in the list when the write was made that it had to see. The gap from one list to
# the next, if its viewer waited already when the first was made, is what a list costs in a queue. A
# worker is alive if it said so lately, or built a list.
_STATE = """
    WITH newest AS MATERIALIZED (
        SELECT list.id, list.created_at, list.written_at
        FROM recommendations_activegeneration AS active
        CROSS JOIN LATERAL (
            SELECT id, created_at, written_at FROM recommendations_recommendationlist
            WHERE generation_id = active.generation_id ORDER BY id DESC LIMIT %(newest_lists)s
        ) AS list
        WHERE active.id = %(active_id)s AND list.written_at IS NOT NULL
    ), own AS MATERIALIZED (
        SELECT changed_at, listed_at, is_realtime FROM favorites_taste WHERE user_id = %(user_id)s
    ), waiting AS MATERIALIZED (
        SELECT user_id, changed_at FROM favorites_taste
        WHERE revision > listed_revision AND is_realtime
        ORDER BY nudge_at NULLS FIRST, user_id
        LIMIT %(counted_viewers)s
    )
    SELECT
        EXISTS (SELECT FROM recommendations_activegeneration
            WHERE id = %(active_id)s AND generation_id IS NOT NULL),
        EXISTS (SELECT FROM core_heartbeat WHERE name = %(heartbeat)s
            AND abs(extract(epoch FROM now() - seen_at)) <= %(max_age)s)
        OR EXISTS (SELECT FROM newest
            WHERE abs(extract(epoch FROM now() - created_at)) <= %(max_age)s),
        (SELECT is_realtime FROM own),
        (SELECT extract(epoch FROM listed_at - %(interval_began)s) FROM own)::float,
        (SELECT extract(epoch FROM %(at)s - changed_at) FROM own)::float,
        (SELECT percentile_cont(0.75) WITHIN GROUP (
                ORDER BY extract(epoch FROM created_at - written_at))
            FROM newest WHERE created_at >= written_at),
        (SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY extract(epoch FROM gap))
            FROM (
                SELECT created_at - lag(created_at) OVER (ORDER BY id) AS gap,
                    written_at < lag(created_at) OVER (ORDER BY id) AS has_waited
                FROM newest
            ) AS gaps
            WHERE has_waited AND gap >= interval '0'),
        (SELECT count(*) FROM own JOIN waiting AS other
            ON other.user_id <> %(user_id)s AND other.changed_at <= own.changed_at),
        (SELECT count(*) FROM waiting)
"""


def wait_for(
    *, revision: int, stored: StoredList, cursor: Cursor | None, user_id: int, at: datetime
) -> Waiting | None:
    """What a viewer waits for who asks for a list of this revision; None if this is one."""
    if stored.revision >= revision:
        return None
    if revision > stored.current_revision:
        return Waiting(reason=Reason.UNKNOWN_REVISION)
    if cursor is not None:
        return Waiting(reason=Reason.OLDER_LIST)
    return _estimate(user_id, at)


def _estimate(user_id: int, at: datetime) -> Waiting:
    with connection.cursor() as cursor:
        cursor.execute(
            _STATE,
            {
                "user_id": user_id,
                "active_id": ActiveGeneration.ROW_ID,
                "heartbeat": _REALTIME,
                "max_age": settings.HEALTH_MAX_AGE_SECONDS,
                "interval_began": at - MIN_INTERVAL,
                "at": at,
                "newest_lists": NEWEST_LISTS,
                "counted_viewers": COUNTED_VIEWERS,
            },
        )
        is_published, is_alive, is_realtime, *measured = cursor.fetchone()
    if not is_published:
        return Waiting(reason=Reason.NOTHING_PUBLISHED)
    if not is_realtime:
        return Waiting(reason=Reason.NEXT_GENERATION)
    if not is_alive:
        return Waiting(reason=Reason.NO_WORKER)
    return _from_measures(_Measures(*measured))


class _Measures(NamedTuple):
    """In seconds: the rest of the interval, how long the viewer has waited, how long others did,
    and from one list to the next; then how many viewers wait ahead, and of how many that is known.
    """

    rest: float | None
    waited: float
    delay: float | None
    pace: float | None
    ahead: int
    counted: int


def _from_measures(measures: _Measures) -> Waiting:
    delay = measures.delay
    if delay is None or measures.counted >= COUNTED_VIEWERS:
        return Waiting(reason=Reason.WAITING)
    pace = delay if measures.pace is None else min(measures.pace, delay)
    queue = measures.ahead * pace
    interval = min(max(measures.rest or 0, 0), MIN_INTERVAL.total_seconds())
    usual = max(interval, delay, queue)
    if measures.waited > usual + PATIENCE.total_seconds():
        return Waiting(reason=Reason.DELAYED)
    # Lists of late have waited for their turn as well, so the longest of the three is not added up.
    seconds = max(interval, delay - max(measures.waited, 0), queue)
    return Waiting(reason=Reason.WAITING, estimated_ms=round(seconds * 1000))
