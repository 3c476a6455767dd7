"""Nudges to the push processes: PostgreSQL delivers them when the transaction commits, or never.

Nothing depends on one: what a nudge is about is read from the rows, and read again at each
heartbeat. Nobody has to listen, and Redis is not asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

CHANNEL = "nexus_push"

_LIST = "list"
_SESSIONS = "sessions"
_EVERYONE = "everyone"

# PostgreSQL fails the commits of all who notify when its queue is full, after some gigabytes that
# a hung listener did not read. Long before that nobody is told any more.
_NOTIFY = "SELECT pg_notify(%s, %s) WHERE pg_notification_queue_usage() < 0.5"


@dataclass(frozen=True, slots=True)
class Nudge:
    """Whom to compare with the rows."""

    user_id: int | None = None
    session_ids: Sequence[UUID] = ()
    is_for_all: bool = False


def tell_of_list(*, user_id: int) -> None:
    """The viewer has a new list, once this transaction commits."""
    _notify(f"{_LIST}:{user_id}")


def tell_everyone() -> None:
    """Something changes that everybody is told of: other lists are read, a sync is done."""
    _notify(_EVERYONE)


def read(payload: str) -> Nudge:
    """What nobody understands, say of another release, is about everybody."""
    topic, _, rest = payload.partition(":")
    try:
        if topic == _LIST:
            return Nudge(user_id=int(rest))
        if topic == _SESSIONS:
            return Nudge(session_ids=[UUID(each) for each in rest.split(",")])
    except ValueError:
        pass
    return Nudge(is_for_all=True)


def _notify(payload: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NOTIFY, [CHANNEL, payload])
