"""Where the next page of a list is."""

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from . import cursors


def next_url(
    request: Request | HttpRequest, cursor: cursors.Cursor | None, *, user_id: int
) -> str | None:
    """The same request from the cursor on: what it has to have seen it has."""
    if cursor is None:
        return None
    text = cursors.encode(cursor, user_id=user_id)
    url = remove_query_param(request.build_absolute_uri(), "min_revision")
    return str(replace_query_param(url, "cursor", text))
