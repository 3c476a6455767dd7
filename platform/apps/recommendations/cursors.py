"""Opaque cursors: which stored list, whose, and how many of its positions were passed.

A stored list never changes, so its positions neither shift nor repeat while newer lists are
built. The popular films that follow it have no such positions: the cursor names the last one, and
a sync that changes how many voted for a film may move it past that place, in either direction.
The signature says that we wrote it; the user id, for whom.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.core import signing

from apps.core.errors import APIError, ErrorCode

_SALT = "recommendations.cursor"


class Origin(StrEnum):
    """What the positions count: a viewer's list, a generation's popular films, or what is trending.

    The last only until there is a generation: these positions shift when TMDb tells them anew.
    """

    LIST = "list"
    GENERATION = "generation"
    POPULAR = "popular"


class Place(NamedTuple):
    """Where a film stands among the popular ones: by votes, then by id."""

    votes: int
    movie_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """`after` is the place of the last popular film that was passed, if the list has run out."""

    origin: Origin
    row_id: int
    offset: int
    after: Place | None = None


@lru_cache(maxsize=1)
def _signer(key: str) -> signing.Signer:
    """By the key, from which it derives another one each time that it is made."""
    return signing.Signer(key=key, salt=_SALT)


def encode(cursor: Cursor, *, user_id: int) -> str:
    payload = [cursor.origin.value, cursor.row_id, cursor.offset, user_id, *(cursor.after or ())]
    return _signer(settings.SECRET_KEY).sign_object(payload)


def decode(text: str, *, user_id: int) -> Cursor:
    """Read a cursor back.

    Raises:
        APIError: `invalid_cursor` for anything but a cursor that this viewer was given.
    """
    try:
        sent = _signer(settings.SECRET_KEY).unsign_object(text)
        name, row_id, offset, owner_id, *place = sent
        origin = Origin(name)
    except (signing.BadSignature, ValueError) as error:
        # An origin is unknown to us if an older version of the platform wrote it.
        raise APIError(ErrorCode.INVALID_CURSOR) from error
    if owner_id != user_id:
        raise APIError(ErrorCode.INVALID_CURSOR)
    after = Place(*place) if place else None
    return Cursor(origin=origin, row_id=row_id, offset=offset, after=after)
