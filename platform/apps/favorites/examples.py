"""What the OpenAPI document shows for favourites and ratings."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from apps.movies.examples import MOVIE

_AT = "2026-11-22T15:30:00.000000Z"
_FAVORITE: dict[str, Any] = {"id": 3, "movie": MOVIE, "created_at": _AT}
_RATING: dict[str, Any] = {
    "id": 11,
    "movie": MOVIE,
    "score": 9,
    "rated_at": _AT,
    "created_at": _AT,
    "updated_at": _AT,
}
_REVISION = {"taste_revision": 6}


def _answer(name: str, value: dict[str, Any], *statuses: str) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=list(statuses))


FAVORITE_LISTED = _answer("favourite", _FAVORITE, "200")
FAVORITE_WRITTEN = _answer("favourite", _FAVORITE | _REVISION, "200", "201")
RATING_SHOWN = _answer("rating", _RATING, "200")
RATING_WRITTEN = _answer("rating", _RATING | _REVISION, "200", "201")
REVISION = _answer("revision", _REVISION, "200")
CHECKED = _answer("checked", {"is_favorite": True, "favorite_id": 3}, "200")

BY_MOVIE_ID = OpenApiExample("by our id", value={"movie_id": 42}, request_only=True)
BY_TMDB_ID = OpenApiExample("by TMDb's id", value={"tmdb_id": 348}, request_only=True)
SCORE_BY_MOVIE_ID = OpenApiExample(
    "by our id", value={"movie_id": 42, "score": 9}, request_only=True
)
SCORE_BY_TMDB_ID = OpenApiExample(
    "by TMDb's id", value={"tmdb_id": 348, "score": 9}, request_only=True
)
SCORE = OpenApiExample("score", value={"score": 7}, request_only=True)
