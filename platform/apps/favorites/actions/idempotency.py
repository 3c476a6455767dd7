"""Requests that a client named with a key: however often they come, they are written once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from apps.core.errors import APIError, ErrorCode
from apps.favorites.models import IdempotencyKey
from apps.users.models import User


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedRequest:
    """A request, the key that its client gave it, and a digest of all that it asks for."""

    user: User
    key: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """`text` is the body as it was sent: a replay is the same byte for byte."""

    status: int
    text: str
    is_replayed: bool = False


# Of each viewer. A client repeats what it sent a moment ago, not a thousand requests ago.
MOST_KEYS = 1_000

# Where another transaction is about to store the key, this waits for its end.
_CLAIM = """
    INSERT INTO favorites_idempotencykey (user_id, key, request_digest, status, answer, created_at)
    VALUES (%s, %s, %s, 0, '', %s)
    ON CONFLICT (user_id, key) DO NOTHING
    RETURNING id
"""
# What another transaction holds is gone soon, or is forgotten by the next request.
_FORGET = """
    WITH beyond AS MATERIALIZED (
        SELECT id FROM favorites_idempotencykey WHERE id IN (
            SELECT id FROM favorites_idempotencykey WHERE user_id = %s
            ORDER BY created_at DESC, id DESC OFFSET %s
        )
        FOR UPDATE SKIP LOCKED
    )
    DELETE FROM favorites_idempotencykey WHERE id IN (SELECT id FROM beyond)
"""


def find_answer(request: NamedRequest) -> Answer | None:
    """What the request was answered the first time; None if its key is new.

    Raises:
        APIError: the key names another request.
    """
    stored = IdempotencyKey.objects.for_user(request.user).filter(key=request.key).first()
    if stored is None:
        return None
    if stored.request_digest != request.digest:
        raise APIError(ErrorCode.IDEMPOTENCY_KEY_REUSED)
    return Answer(status=stored.status, text=stored.answer, is_replayed=True)


def make_room(*, user: User) -> None:
    """Forget the oldest keys of a viewer who has as many as may be kept.

    In a transaction of its own: one that went on to other locks could wait for an account's
    deletion, which waits for the account's keys.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [user.pk, MOST_KEYS - 1])


@transaction.atomic
def answer_once(*, request: NamedRequest, at: datetime, write: Callable[[], Answer]) -> Answer:
    """What `write` answers, stored in its transaction; or what it answered the first time.

    The key is claimed before the write locks the viewer's Taste, so of requests at once with
    one key the second waits here, and writes nothing. What `write` raises gives the key up.

    Raises:
        APIError: the key names another request, or went while it was looked up.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [request.user.pk, request.key, request.digest, at])
        claimed = cursor.fetchone()
    if claimed is None:
        stored = find_answer(request)
        if stored is None:
            raise APIError(ErrorCode.CONFLICT)
        return stored
    answer = write()
    IdempotencyKey.objects.for_user(request.user).filter(pk=claimed[0]).update(
        status=answer.status, answer=answer.text
    )
    return answer
