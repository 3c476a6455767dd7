"""Opaque cursors: which stored list, whose, and how many of its positions were passed.

A stored list never changes, so its positions neither shift nor repeat while newer lists are
built. The signature says that we wrote it; the user id, for whom.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.core import signing

from apps.core.errors import APIError, ErrorCode

_SALT = "recommendations.cursor"


class Origin(StrEnum):
    """What the positions count: a viewer's list, a generation's popular films, the catalogue.

    POPULAR is the catalogue beyond any list and counts nothing: `row_id` is the film that was shown
    last and `offset` how many voted for it.
    """

    LIST = "list"
    GENERATION = "generation"
    CATALOGUE = "catalogue"
    POPULAR = "popular"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    origin: Origin
    row_id: int
    offset: int


def encode(cursor: Cursor, *, user_id: int) -> str:
    payload = [cursor.origin.value, cursor.row_id, cursor.offset, user_id]
    return signing.dumps(payload, salt=_SALT)


def decode(text: str, *, user_id: int) -> Cursor:
    """Read a cursor back.

    Raises:
        APIError: `invalid_cursor` for anything but a cursor that this viewer was given.
    """
    try:
        origin, row_id, offset, owner_id = signing.loads(text, salt=_SALT)
    except signing.BadSignature as error:
        raise APIError(ErrorCode.INVALID_CURSOR) from error
    if owner_id != user_id:
        raise APIError(ErrorCode.INVALID_CURSOR)
    return Cursor(origin=Origin(origin), row_id=row_id, offset=offset)
