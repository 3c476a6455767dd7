"""What the OpenAPI document shows for favourites and ratings."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from apps.movies.examples import movie_with

_AT = "2026-11-22T15:30:00.000000Z"
_FAVORITE: dict[str, Any] = {"id": 3, "movie": movie_with(favorite=True), "created_at": _AT}
_WATCHLISTED = _FAVORITE | {"movie": movie_with(watchlisted=True)}
_RATING: dict[str, Any] = {
    "id": 11,
    "movie": movie_with(rating=9),
    "score": 9,
    "rated_at": _AT,
    "created_at": _AT,
    "updated_at": _AT,
}
_WATCH: dict[str, Any] = {
    "id": 17,
    "movie": movie_with(watched=True),
    "watched_at": _AT,
    "progress": 100,
    "created_at": _AT,
    "updated_at": _AT,
}
_NOT_INTERESTED: dict[str, Any] = {
    "id": 23,
    "kind": "person",
    "movie": None,
    "person": {"id": 578, "name": "Ridley Scott"},
    "genre": None,
    "created_at": _AT,
}
_NOT_INTERESTED_IN_FILM = _NOT_INTERESTED | {
    "id": 24,
    "kind": "movie",
    "movie": movie_with(hidden=True),
    "person": None,
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
SCORE = OpenApiExample("score", value={"score": 9}, request_only=True)

WATCH_SHOWN = _answer("viewing", _WATCH, "200")
WATCH_CHANGED = _answer(
    "viewing",
    _WATCH | {"progress": 55, "movie": movie_with(watched=False)} | _REVISION,
    "200",
)
WATCH_RECORDED = _answer("viewing", _WATCH | _REVISION | {"is_recorded": True}, "200", "201")
WATCH_NOT_RECORDED = _answer("private session", _REVISION | {"is_recorded": False}, "200")
WATCHLIST_SHOWN = _answer("on the watchlist", _WATCHLISTED, "200")
WATCHLIST_WRITTEN = _answer("on the watchlist", _WATCHLISTED | _REVISION, "200", "201")
NOT_INTERESTED_SHOWN = _answer("person", _NOT_INTERESTED, "200")
NOT_INTERESTED_WRITTEN = _answer("person", _NOT_INTERESTED | _REVISION, "200", "201")
NOT_INTERESTED_IN_FILM_SHOWN = _answer("film", _NOT_INTERESTED_IN_FILM, "200")
NOT_INTERESTED_IN_FILM_WRITTEN = _answer("film", _NOT_INTERESTED_IN_FILM | _REVISION, "200", "201")

WATCHED_BY_MOVIE_ID = OpenApiExample(
    "by our id", value={"movie_id": 42, "watched_at": _AT, "progress": 100}, request_only=True
)
WATCHED_BY_TMDB_ID = OpenApiExample(
    "by TMDb's id, at an unknown moment", value={"tmdb_id": 348}, request_only=True
)
WATCH_CHANGE = OpenApiExample("progress", value={"progress": 55}, request_only=True)
BY_PERSON_ID = OpenApiExample("a person", value={"person_id": 578}, request_only=True)
BY_GENRE_ID = OpenApiExample("a genre", value={"genre_id": 5}, request_only=True)
