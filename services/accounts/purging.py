"""Removing what has run its time, one bounded batch after another."""

from datetime import datetime, timedelta

from django.db import connection

from apps.users.actions.sessions import SPENT_KEPT

BATCH = 1_000
# Longer than any mail's token lives, and long enough to look into what somebody did not get.
MAIL_RETENTION = timedelta(days=7)
# As long as a client may repeat a request that it named.
IDEMPOTENCY_KEY_RETENTION = timedelta(hours=24)

# The oldest first by an index of each. Spent tokens need none: few are older than the purge's hour.
_DELETE_SESSIONS = """
    WITH batch AS MATERIALIZED (
        SELECT id FROM users_session WHERE expires_at <= %s ORDER BY expires_at LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM users_session WHERE id IN (SELECT id FROM batch)
"""
_DELETE_SPENT_TOKENS = """
    WITH batch AS MATERIALIZED (
        SELECT jti FROM users_spentrefreshtoken WHERE spent_at <= %s LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM users_spentrefreshtoken WHERE jti IN (SELECT jti FROM batch)
"""
_DELETE_MAILS = """
    WITH batch AS MATERIALIZED (
        SELECT id FROM users_accountmail WHERE requested_at <= %s ORDER BY requested_at LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM users_accountmail WHERE id IN (SELECT id FROM batch)
"""
_DELETE_STREAM_TICKETS = """
    WITH batch AS MATERIALIZED (
        SELECT digest FROM recommendations_streamticket WHERE expires_at <= %s
        ORDER BY expires_at LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM recommendations_streamticket WHERE digest IN (SELECT digest FROM batch)
"""
_DELETE_IDEMPOTENCY_KEYS = """
    WITH batch AS MATERIALIZED (
        SELECT id FROM favorites_idempotencykey WHERE created_at <= %s
        ORDER BY created_at LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM favorites_idempotencykey WHERE id IN (SELECT id FROM batch)
"""


def purge(*, at: datetime) -> bool:
    """Remove one batch of each kind; True if there may be more to remove.

    What is removed is refused already: sessions and tickets that have expired, tokens that were
    exchanged longer ago than any request waits, and mails whose tokens have expired. Or it is kept
    no longer than promised: the answers to requests that their clients named.
    """
    removed = [
        _delete(_DELETE_SESSIONS, before=at),
        _delete(_DELETE_SPENT_TOKENS, before=at - SPENT_KEPT),
        _delete(_DELETE_STREAM_TICKETS, before=at),
        _delete(_DELETE_MAILS, before=at - MAIL_RETENTION),
        _delete(_DELETE_IDEMPOTENCY_KEYS, before=at - IDEMPOTENCY_KEY_RETENTION),
    ]
    return max(removed) == BATCH


def _delete(statement: str, *, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, [before, BATCH])
        return int(cursor.rowcount)
