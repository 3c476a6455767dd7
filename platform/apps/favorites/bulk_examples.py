"""What the OpenAPI document shows for many events at once."""

from drf_spectacular.utils import OpenApiExample

REQUEST = OpenApiExample(
    "past what is refused",
    value={
        "on_error": "skip",
        "events": [
            {"kind": "rating", "tmdb_id": 348, "score": 9, "rated_at": "2026-11-22T15:30:00Z"},
            {"kind": "favorite", "movie_id": 42},
            {"kind": "watch", "movie_id": 42, "watched_at": "2026-11-21T20:15:00+01:00"},
            {"kind": "watchlist", "tmdb_id": 603},
            {"kind": "not_interested", "genre_id": 4},
        ],
    },
    request_only=True,
)
_NO_FILM = {"code": "movie_not_found", "message": "There is no such film.", "field": "movie_id"}
ANSWER = OpenApiExample(
    "written but one",
    value={
        "taste_revision": 6,
        "counts": {"created": 2, "changed": 1, "unchanged": 1, "refused": 1},
        "results": [
            {"index": 0, "outcome": "changed", "id": 11, "error": None},
            {"index": 1, "outcome": "refused", "id": None, "error": _NO_FILM},
            {"index": 2, "outcome": "created", "id": 5, "error": None},
            {"index": 3, "outcome": "created", "id": 8, "error": None},
            {"index": 4, "outcome": "unchanged", "id": 2, "error": None},
        ],
    },
    response_only=True,
    status_codes=["200"],
)
