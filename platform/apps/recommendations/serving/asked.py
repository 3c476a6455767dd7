"""What an ordinary request asks for; what is not plainly one is left to the view."""

from typing import NamedTuple

from django.http import HttpRequest, QueryDict
from rest_framework.exceptions import ValidationError

from apps.core.conditional import SAFE
from apps.core.errors import APIError
from apps.core.field_selection import PARAMETER, Chosen, chosen_of
from apps.core.parameters import INTEGER
from apps.movies.serializers.films import CARD_FIELDS
from apps.recommendations import cursors
from apps.recommendations.page_parameters import DEFAULT_LIMIT, MAX_LIMIT, MAX_REVISION

_NAMES = frozenset({"limit", "cursor", "min_revision", PARAMETER})
_ACCEPTED = ("*/*", "application/json")


class Asked(NamedTuple):
    user_id: int
    limit: int
    min_revision: int
    cursor: cursors.Cursor | None
    fields: Chosen

    @property
    def offset(self) -> int:
        return self.cursor.offset if self.cursor else 0


def asked_of(request: HttpRequest, *, user_id: int) -> Asked | None:
    sent = request.GET
    is_plain = request.method in SAFE and _NAMES.issuperset(sent) and _accepts_json(request)
    return _read(sent, user_id=user_id) if is_plain else None


def _accepts_json(request: HttpRequest) -> bool:
    return request.META.get("HTTP_ACCEPT", "*/*") in _ACCEPTED


def _read(sent: QueryDict, *, user_id: int) -> Asked | None:
    limit = _integer(sent.get("limit"), default=DEFAULT_LIMIT, minimum=1, maximum=MAX_LIMIT)
    revision = _integer(sent.get("min_revision"), default=0, minimum=0, maximum=MAX_REVISION)
    if limit is None or revision is None:
        return None
    try:
        cursor = _cursor(sent.get("cursor"), user_id=user_id)
        fields = chosen_of(sent.get(PARAMETER), CARD_FIELDS)
    except (APIError, ValidationError):
        return None
    if cursor is not None and not _is_of_list(cursor):
        return None
    return Asked(user_id, limit, revision, cursor, fields)


def _cursor(text: str | None, *, user_id: int) -> cursors.Cursor | None:
    return None if text is None else cursors.decode(text, user_id=user_id)


def _is_of_list(cursor: cursors.Cursor) -> bool:
    return cursor.origin is cursors.Origin.LIST and cursor.after is None


def _integer(text: str | None, *, default: int, minimum: int, maximum: int) -> int | None:
    if text is None:
        return default
    return int(text) if INTEGER.fullmatch(text) and minimum <= int(text) <= maximum else None
