"""Where the next page of a list is."""

from urllib.parse import urlencode

from django.http import HttpRequest
from rest_framework.request import Request

from . import cursors


def next_url(
    request: Request | HttpRequest, cursor: cursors.Cursor | None, *, user_id: int
) -> str | None:
    """The same request from the cursor on: what it has to have seen it has."""
    if cursor is None:
        return None
    sent = dict(request.GET.lists())
    sent.pop("min_revision", None)
    sent["cursor"] = [cursors.encode(cursor, user_id=user_id)]
    query = urlencode(sorted(sent.items()), doseq=True)
    return f"{request.scheme}://{request.get_host()}{request.path}?{query}"
