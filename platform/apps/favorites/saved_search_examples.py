"""What the OpenAPI document shows for saved searches."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_AT = "2026-11-22T15:30:00.000000Z"
_LONG: dict[str, Any] = {
    "name": "Long and good",
    "parameters": {"runtime_min": "150", "hide_seen": "true", "ordering": "-vote_average"},
}
_WORDS: dict[str, Any] = {
    "name": "Old aliens",
    "parameters": {"q": "alien", "year_max": "1989"},
}
_SAVED = {
    "id": 29,
    **_LONG,
    "path": "/api/v1/movies/?hide_seen=true&ordering=-vote_average&runtime_min=150",
    "created_at": _AT,
    "updated_at": _AT,
}
_RENAMED = _SAVED | {"name": "For a long evening", "updated_at": "2026-11-23T08:00:00.000000Z"}


def _answer(name: str, value: dict[str, Any], status: str) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


SHOWN = _answer("a list", _SAVED, "200")
SAVED = _answer("a list", _SAVED, "201")
CHANGED = _answer("renamed", _RENAMED, "200")
LIST = OpenApiExample("a list", value=_LONG, request_only=True)
SEARCH = OpenApiExample("a search", value=_WORDS, request_only=True)
NAME = OpenApiExample("name", value={"name": "For a long evening"}, request_only=True)
