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


# Where another transaction is about to store the key, this waits for its end.
_CLAIM = """
    INSERT INTO favorites_idempotencykey (user_id, key, request_digest, status, answer, created_at)
    VALUES (%s, %s, %s, 0, '', %s)
    ON CONFLICT (user_id, key) DO NOTHING
    RETURNING id
"""


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
        return _stored_answer(request)
    answer = write()
    IdempotencyKey.objects.for_user(request.user).filter(pk=claimed[0]).update(
        status=answer.status, answer=answer.text
    )
    return answer


def _stored_answer(request: NamedRequest) -> Answer:
    stored = IdempotencyKey.objects.for_user(request.user).filter(key=request.key).first()
    if stored is None:
        raise APIError(ErrorCode.CONFLICT)
    if stored.request_digest != request.digest:
        raise APIError(ErrorCode.IDEMPOTENCY_KEY_REUSED)
    return Answer(status=stored.status, text=stored.answer, is_replayed=True)
