"""The lock and the count that every write of a viewer begins with."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

_BUMP = """
    INSERT INTO favorites_taste
        (user_id, revision, listed_revision, is_realtime, changed_at, nudges)
    VALUES (%s, 1, 0, true, %s, 0)
    ON CONFLICT (user_id) DO UPDATE
    SET revision = favorites_taste.revision + 1, is_realtime = true,
        changed_at = excluded.changed_at, nudges = 0
    RETURNING revision
"""


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
    {_BUMP.rpartition("RETURNING")[0]}
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


_BUMP_MANY = """
    INSERT INTO favorites_taste
        (user_id, revision, listed_revision, is_realtime, changed_at, nudges)
    SELECT id, 1, 0, true, %s, 0 FROM users_user WHERE id = ANY(%s) ORDER BY id
    ON CONFLICT (user_id) DO UPDATE
    SET revision = favorites_taste.revision + 1, is_realtime = true,
        changed_at = excluded.changed_at, nudges = 0
    RETURNING user_id
"""


def bump_tastes(*, user_ids: Collection[int], at: datetime) -> list[int]:
    """What `bump_taste` does, for those of the viewers who exist, by ascending id; their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_BUMP_MANY, [at, list(user_ids)])
        return [user_id for (user_id,) in cursor.fetchall()]
