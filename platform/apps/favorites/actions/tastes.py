"""The lock and the count that every write of a viewer begins with."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

# The transaction's number tells, once it has committed, when that was.
_OWN_XID = "pg_current_xact_id()::text::bigint"
# The oldest write that no list has seen stays the oldest, however many follow it.
_COUNT_IN_PLACE = """
    SET revision = favorites_taste.revision + 1, is_realtime = true, nudges = 0,
        changed_at = excluded.changed_at, changed_xid = excluded.changed_xid,
        unseen_at = CASE WHEN favorites_taste.revision > favorites_taste.listed_revision
            AND favorites_taste.unseen_at IS NOT NULL
            THEN favorites_taste.unseen_at ELSE excluded.unseen_at END,
        unseen_xid = CASE WHEN favorites_taste.revision > favorites_taste.listed_revision
            AND favorites_taste.unseen_at IS NOT NULL
            THEN favorites_taste.unseen_xid ELSE excluded.unseen_xid END
"""
_COUNTED_COLUMNS = """
    (user_id, revision, listed_revision, is_realtime, nudges, changed_at, unseen_at,
        changed_xid, unseen_xid)
"""
_COUNT_ONE_MORE = f"""
    INSERT INTO favorites_taste {_COUNTED_COLUMNS}
    SELECT %s, 1, 0, true, 0, written_at, written_at, {_OWN_XID}, {_OWN_XID}
    FROM (SELECT %s::timestamptz AS written_at) AS write
    ON CONFLICT (user_id) DO UPDATE {_COUNT_IN_PLACE}
"""  # noqa: S608  # constants of this module
_BUMP = f"{_COUNT_ONE_MORE} RETURNING revision"


def bump_taste(*, user_id: int, at: datetime) -> int:
    """Lock the viewer's Taste row, count one more write and return the new revision."""
    with connection.cursor() as cursor:
        cursor.execute(_BUMP, [user_id, at])
        revision: int = cursor.fetchone()[0]
    return revision


_LOCK = """
    INSERT INTO favorites_taste (user_id, revision, listed_revision, is_realtime, nudges)
    VALUES (%s, 0, 0, true, 0)
    ON CONFLICT (user_id) DO UPDATE SET revision = favorites_taste.revision
    RETURNING revision
"""


def lock_taste(*, user_id: int) -> int:
    """Lock the viewer's Taste row before it is clear whether anything is written; its revision."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [user_id])
        revision: int = cursor.fetchone()[0]
    return revision


# Leaves a row that waits for its list already as it is, locked like any other.
_BUMP_UNLESS_WAITING = f"""
    {_COUNT_ONE_MORE}
    WHERE favorites_taste.revision = favorites_taste.listed_revision
        OR NOT favorites_taste.is_realtime
    RETURNING revision
"""
_REVISION = "SELECT revision FROM favorites_taste WHERE user_id = %s"


def bump_taste_unless_waiting(*, user_id: int, at: datetime) -> tuple[int, bool]:
    """What `bump_taste` does where no write waits for a list of its own; the revision, and whether.

    What waits for the next generation is made to wait for such a list.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BUMP_UNLESS_WAITING, [user_id, at])
        bumped = cursor.fetchone()
        if bumped is None:
            cursor.execute(_REVISION, [user_id])
        (revision,) = bumped or cursor.fetchone()
    return revision, bumped is not None


_BUMP_MANY = f"""
    INSERT INTO favorites_taste {_COUNTED_COLUMNS}
    SELECT id, 1, 0, true, 0, written_at, written_at, {_OWN_XID}, {_OWN_XID}
    FROM users_user, (SELECT %s::timestamptz AS written_at) AS write
    WHERE id = ANY(%s) ORDER BY id
    ON CONFLICT (user_id) DO UPDATE {_COUNT_IN_PLACE}
    RETURNING user_id
"""  # noqa: S608  # constants of this module


def bump_tastes(*, user_ids: Collection[int], at: datetime) -> list[int]:
    """What `bump_taste` does, for those of the viewers who exist, by ascending id; their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_BUMP_MANY, [at, list(user_ids)])
        return [user_id for (user_id,) in cursor.fetchall()]
