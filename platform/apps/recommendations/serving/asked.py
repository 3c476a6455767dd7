"""What an ordinary request asks for; what is not plainly one is left to the view."""

from typing import NamedTuple

from django.http import HttpRequest

from apps.core.errors import APIError
from apps.core.field_selection import PARAMETER, Chosen, chosen_names
from apps.core.parameters import INTEGER
from apps.movies.serializers.films import CARD_FIELDS
from apps.recommendations import cursors
from apps.recommendations.limits import DEFAULT_LIMIT, MAX_LIMIT

_NAMES = {"limit", "cursor", "min_revision", PARAMETER}
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
    if request.method not in ("GET", "HEAD") or not _NAMES.issuperset(sent) or not _accepts(request):
        return None
    limit = _integer(sent.get("limit"), default=DEFAULT_LIMIT)
    revision = _integer(sent.get("min_revision"), default=0)
    if limit is None or not 1 <= limit <= MAX_LIMIT or revision is None:
        return None
    try:
        cursor = cursors.decode(sent["cursor"], user_id=user_id) if "cursor" in sent else None
    except APIError:
        return None
    if cursor is not None and cursor.origin is not cursors.Origin.LIST:
        return None
    fields = chosen...
