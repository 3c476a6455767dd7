"""What the OpenAPI document shows of syncs."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_RUN: dict[str, Any] = {
    "id": 12,
    "kind": "export",
    "scope": {"limit": 1000},
    "title_count": None,
    "priority": 1,
    "requested_by": 1,
    "state": "running",
    "phase": "titles",
    "total": 1000,
    "seen": 409,
    "created": 350,
    "updated": 41,
    "unchanged": 17,
    "tombstoned": 1,
    "failed": 1,
    "requests": 412,
    "failures": [{"tmdb_id": 8077, "reason": "TMDb's answer is no JSON"}],
    "dropped": {"an image path": 2},
    "progress": 0.41,
    "created_at": "2026-11-22T15:30:00.000000Z",
    "started_at": "2026-11-22T15:30:00.200000Z",
    "heartbeat_at": "2026-11-22T15:30:14.500000Z",
    "finished_at": None,
    "error": "",
}
_CANCELLED = _RUN | {"state": "cancelled", "finished_at": "2026-11-22T15:30:15.000000Z"}


def _answer(name: str, value: dict[str, Any], status: str) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


def _body(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


SHOWN = _answer("sync", _RUN, "200")
CANCELLED = _answer("cancelled", _CANCELLED, "200")
ASKED = _answer("sync", _RUN | {"joined": False}, "202")
BODIES = (
    _body("trending", {"kind": "trending"}),
    _body("some titles", {"kind": "movies", "tmdb_ids": [348, 78]}),
    _body("the most popular titles", {"kind": "export", "limit": 1000, "min_popularity": 1.5}),
    _body("old titles", {"kind": "refresh", "older_than_days": 30}),
)
