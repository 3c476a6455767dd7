"""Row and advisory locks, always taken in this order: viewer, active generation, taste, account.

Whoever deletes an account locks its taste before the account, and may hold the account first: so
the account comes last here and is skipped where it is locked, and no two ever wait for each other.
"""

from django.db import connection

from apps.recommendations.models import ActiveGeneration

# First key of every advisory lock on a viewer; a constant that no other lock of ours uses.
_VIEWER_NAMESPACE = 0x4E58
_SIGN_BIT = 2**31


def key_of_viewer(user_id: int) -> tuple[int, int]:
    """Of the advisory lock whose holder is the only builder of this viewer's list."""
    # The second key has 32 bits; two viewers who share it merely wait for the sweep.
    return _VIEWER_NAMESPACE, (user_id + _SIGN_BIT) % (2 * _SIGN_BIT) - _SIGN_BIT


def share_active_generation() -> int | None:
    """The active generation's id, which cannot change until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generation_id FROM recommendations_activegeneration WHERE id = %s FOR SHARE",
            [ActiveGeneration.ROW_ID],
        )
        row = cursor.fetchone()
    return row[0] if row else None
