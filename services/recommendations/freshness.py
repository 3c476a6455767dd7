"""How long viewers wait for the list that has seen their writes: measured, stored and watched.

A wait ends with the commit of the list. It begins with the commit of the oldest of the viewer's own
writes that no list has seen: that is what the viewer feels. PostgreSQL tells both moments by one
clock where `track_commit_timestamp` is on. Where it is off, or cannot tell, the wait begins when
the write was made and ends once its measuring begins: a little too long, never too short.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from apps.favorites.models import Taste
from apps.recommendations import freshness
from apps.recommendations.models import Alert
from apps.recommendations.waiting import MIN_INTERVAL

from . import alerts

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=10)
# Fewer builds say nothing about a share of 95 %.
MIN_BUILDS = 40
PAUSE = timedelta(hours=1)
# Nobody waits for so long while a worker works; builds that never end are in no share.
MAX_WAIT = timedelta(minutes=1)
# One key of PostgreSQL's advisory locks, of which no other lock of ours has the like.
_CHECK_LOCK = 0x4E584652

# A transaction's number means nothing in a database that was restored elsewhere, so a commit that
# lies far from the write is none of it. The row may be lost with the server: it is one of many.
_RECORD = """
    WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)
    ), known AS MATERIALIZED (
        SELECT list.id,
            CASE WHEN current_setting('track_commit_timestamp') = 'on' THEN
                pg_xact_commit_timestamp(list.xmin) END AS listed,
            CASE WHEN current_setting('track_commit_timestamp') = 'on' THEN
                pg_xact_commit_timestamp(%(unseen_xid)s::text::xid8::xid) END AS oldest,
            CASE WHEN current_setting('track_commit_timestamp') = 'on' THEN
                pg_xact_commit_timestamp(%(changed_xid)s::text::xid8::xid) END AS newest
        FROM relaxed, recommendations_recommendationlist AS list WHERE list.id = %(list_id)s
    ), trusted AS (
        SELECT id, listed,
            CASE WHEN oldest BETWEEN %(unseen_at)s - interval '1 min'
                AND %(unseen_at)s + interval '1 min' THEN oldest END AS oldest,
            CASE WHEN newest BETWEEN %(changed_at)s - interval '1 min'
                AND %(changed_at)s + interval '1 min' THEN newest END AS newest
        FROM known
    ), moments AS (
        SELECT id, coalesce(listed, %(at)s) AS listed, coalesce(oldest, %(unseen_at)s) AS oldest,
            coalesce(newest, %(changed_at)s) AS newest,
            listed IS NOT NULL AND oldest IS NOT NULL AND newest IS NOT NULL AS is_exact
        FROM trusted
    )
    INSERT INTO recommendations_listfreshness
        (list_id, readable_at, waited_seconds, newest_seconds, held_seconds, is_exact)
    SELECT id, listed,
        greatest(extract(epoch FROM listed - oldest), 0),
        greatest(extract(epoch FROM listed - newest), 0),
        greatest(extract(epoch FROM least(%(due_at)s, listed) - oldest), 0),
        is_exact
    FROM moments
    ON CONFLICT DO NOTHING
    RETURNING waited_seconds, held_seconds
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Awaited:
    """A list that was built for a viewer's own writes, and what is known of these writes.

    `due_at`: before that, the viewer's last list was too young for another one.
    """

    list_id: int
    unseen_at: datetime
    unseen_xid: int | None
    changed_at: datetime
    changed_xid: int | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Waited:
    """`held`: the part of it in which no list was due yet."""

    waited: timedelta
    held: timedelta


def awaited(list_id: int, taste: Taste, *, published_at: datetime | None) -> Awaited | None:
    """What is to be measured of a list; `taste` as it was read before. None where nobody waited.

    Whoever wrote before anything was published did not wait for a list of their own.
    """
    if taste.unseen_at is None or taste.changed_at is None:
        return None
    if taste.listed_at is None and published_at and taste.unseen_at < published_at:
        return None
    return Awaited(
        list_id=list_id,
        unseen_at=taste.unseen_at,
        unseen_xid=taste.unseen_xid,
        changed_at=taste.changed_at,
        changed_xid=taste.changed_xid,
        due_at=taste.listed_at + MIN_INTERVAL if taste.listed_at else taste.unseen_at,
    )


def still_unseen(taste: Taste, *, seen: int, read_at: datetime) -> dict[str, object]:
    """The columns of Taste that name the oldest write after revision `seen`, as it is stored now.

    Of several writes since, the first was made after `read_at`: rather too early by a build's time
    than too late.
    """
    if taste.revision <= seen:
        return {"unseen_at": None, "unseen_xid": None}
    if taste.revision == seen + 1:
        return {"unseen_at": taste.changed_at, "unseen_xid": taste.changed_xid}
    return {"unseen_at": read_at, "unseen_xid": None}


def record(awaited: Awaited, *, at: datetime) -> Waited | None:
    """Store how long it took, once the list has committed; None where that was stored before.

    What is measured must not cost what was done: what cannot be stored is logged and no more.
    """
    parameters = {name: getattr(awaited, name) for name in Awaited.__slots__} | {"at": at}
    try:
        with connection.cursor() as cursor:
            cursor.execute(_RECORD, parameters)
            row = cursor.fetchone()
    except DatabaseError as error:
        logger.warning("Freshness of list %s is not stored: %r", awaited.list_id, error)
        return None
    return Waited(*(timedelta(seconds=seconds) for seconds in row)) if row else None


@transaction.atomic
def check_objective(*, at: datetime) -> Alert | None:
    """Tell operators that lists come too late; once, and then not again for PAUSE."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHECK_LOCK])
    lately = Alert.objects.filter(kind=Alert.Kind.FRESHNESS, raised_at__gt=at - PAUSE)
    problem = None if lately.exists() else _problem(at)
    if problem is None:
        return None
    subject = "Lists come later than the objective allows"
    text = f"{problem}\nWhat to do: docs/RUNBOOK.md, Lists come too late.\n"
    return alerts.raise_alert(kind=Alert.Kind.FRESHNESS, subject=subject, text=text, at=at)


def _problem(at: datetime) -> str | None:
    waiting = freshness.read_waiting(at=at)
    if waiting.oldest_seconds > MAX_WAIT.total_seconds():
        return (
            f"{waiting.viewers} viewers wait for a list that has seen their writes, one of them "
            f"for {waiting.oldest_seconds:.0f} s."
        )
    builds = freshness.read_window(WINDOW, at=at)
    if builds.count < MIN_BUILDS or builds.is_met:
        return None
    return (
        f"Of {builds.count} lists of the last {WINDOW.total_seconds() / 60:.0f} minutes, "
        f"{builds.share_within:.1%} were there within {settings.FRESHNESS_OBJECTIVE_SECONDS:g} s "
        f"of when they were due; the objective is {freshness.OBJECTIVE_SHARE:.0%}."
    )
