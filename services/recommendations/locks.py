"""Row and advisory locks, always taken in this order: viewer, active generation, taste, account.

Whoever deletes an account locks its taste before the account, and may hold the account first: so
the account comes last here and is skipped where it is locked, and no two ever wait for each other.
"""

from django.db import connection

from apps.recommendations.models import ActiveGeneration

# First key of every advisory lock on a viewer; a constant that no other lock of ours uses.
_VIEWER_NAMESPACE = 0x4E58
_SIGN_BIT = 2**31


def try_lock_viewer(user_id: int) -> bool:
    """Become the only builder of this viewer's list until the transaction ends."""
    # The second key has 32 bits; two viewers who share it merely wait for the sweep.
    folded = (user_id + _SIGN_BIT) % (2 * _SIGN_BIT) - _SIGN_BIT
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_VIEWER_NAMESPACE, folded])
        return bool(cursor.fetchone()[0])


def hold_user(user_id: int) -> bool:
    """Keep the account from being deleted until the transaction ends; False if that goes on now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM users_user WHERE id = %s FOR KEY SHARE SKIP LOCKED", [user_id]
        )
        return cursor.fetchone() is not None


def share_active_generation() -> int | None:
    """The active generation's id, which cannot change until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generation_id FROM recommendations_activegeneration WHERE id = %s FOR SHARE",
            [ActiveGeneration.ROW_ID],
        )
        row = cursor.fetchone()
    return row[0] if row else None
