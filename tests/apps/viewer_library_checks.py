"""Whether the API and the rows say of a library what its model does."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from rest_framework.test import APIClient

from apps.favorites.models import (
    Favorite,
    NotInterested,
    Rating,
    Taste,
    WatchEntry,
    WatchlistEntry,
)
from apps.users.models import User
from tests.apps.viewer_library_model import NOW, Film, Library

Rows = list[dict[str, Any]]


def check_rows(user: User, library: Library, *, since: datetime) -> None:
    """`since`: moments after it are those of writes."""
    marks = {"favorites": Favorite, "watchlist": WatchlistEntry}
    for path, model in marks.items():
        assert _pairs(model.objects.for_user(user), "movie_id", "pk") == library.marks[path]
    ratings = Rating.objects.for_user(user).values_list("movie_id", "pk", "score", "rated_at")
    assert {
        movie_id: (row_id, score, NOW if rated_at and rated_at >= since else rated_at)
        for movie_id, row_id, score, rated_at in ratings
    } == {
        movie_id: (rating.id, rating.score, rating.rated_at)
        for movie_id, rating in library.ratings.items()
    }
    viewings = WatchEntry.objects.for_user(user)
    assert set(viewings.values_list("pk", "movie_id", "watched_at", "progress")) == {
        (row_id, each.movie_id, each.watched_at, each.progress)
        for row_id, each in library.viewings.items()
    }
    hidden = NotInterested.objects.for_user(user)
    columns = ("movie_id", "person_id", "genre_id")
    assert {
        (name.removesuffix("_id"), subject): row_id
        for row_id, *subjects in hidden.values_list("pk", *columns)
        for name, subject in zip(columns, subjects, strict=True)
        if subject is not None
    } == library.hidden
    revisions = list(Taste.objects.filter(user=user).values_list("revision", flat=True))
    assert (revisions or [0]) == [library.revision]


def check_api(
    client: APIClient, library: Library, films: list[Film], *, lists: Iterable[str]
) -> None:
    for path in lists:
        rows = _listed(client, path)
        _check_states([row for row in rows if row["movie"]], library)
        _CHECKS[path](rows, library)
    _check_states_of(client, library, films)
    _check_recommendations(client, library, films)


def check_everything(client: APIClient, library: Library, films: list[Film]) -> None:
    check_api(client, library, films, lists=LISTS)
    _check_catalogue(client, library, films)


def _check_favorites(rows: Rows, library: Library) -> None:
    _check_marks(rows, library.marks["favorites"])


def _check_watchlist(rows: Rows, library: Library) -> None:
    _check_marks(rows, library.marks["watchlist"])


def _check_marks(rows: Rows, marks: dict[int, int]) -> None:
    assert {row["movie"]["id"]: row["id"] for row in rows} == marks
    _check_order(rows, "created_at")


def _check_ratings(rows: Rows, library: Library) -> None:
    assert {
        row["movie"]["id"]: (row["id"], row["score"], row["rated_at"] is None) for row in rows
    } == {
        movie_id: (rating.id, rating.score, rating.rated_at is None)
        for movie_id, rating in library.ratings.items()
    }
    _check_order(rows, "updated_at")


def _check_viewings(rows: Rows, library: Library) -> None:
    assert {
        row["id"]: (row["movie"]["id"], _moment(row["watched_at"]), row["progress"]) for row in rows
    } == {
        row_id: (each.movie_id, each.watched_at, each.progress)
        for row_id, each in library.viewings.items()
    }
    dated = [row for row in rows if row["watched_at"]]
    _check_order(dated, "watched_at")
    assert rows[: len(dated)] == dated
    _check_order(rows[len(dated) :], "id")


def _check_hidden(rows: Rows, library: Library) -> None:
    assert {(row["kind"], row[row["kind"]]["id"]): row["id"] for row in rows} == library.hidden
    _check_order(rows, "created_at")


_CHECKS: dict[str, Callable[[Rows, Library], None]] = {
    "favorites": _check_favorites,
    "ratings": _check_ratings,
    "watch-history": _check_viewings,
    "watchlist": _check_watchlist,
    "not-interested": _check_hidden,
}
LISTS = tuple(_CHECKS)


def _check_states_of(client: APIClient, library: Library, films: list[Film]) -> None:
    asked = ",".join(str(film.id) for film in films)
    states = client.get("/api/v1/library/states/", {"movie_ids": asked}).json()["results"]
    assert states == [library.state(film.id) for film in films]


def _check_catalogue(client: APIClient, library: Library, films: list[Film]) -> None:
    rows = client.get("/api/v1/movies/", {"page_size": 100}).json()["results"]
    assert {row["id"]: row["me"] for row in rows} == {
        film.id: library.me(film.id) for film in films
    }
    for film in films:
        favorite_id = library.marks["favorites"].get(film.id)
        assert client.get(f"/api/v1/favorites/check/{film.id}/").json() == {
            "is_favorite": favorite_id is not None,
            "favorite_id": favorite_id,
        }


def _check_recommendations(client: APIClient, library: Library, films: list[Film]) -> None:
    """The stored list has every film, in the order of these."""
    rows = client.get("/api/v1/recommendations/", {"limit": 50}).json()["results"]
    assert [row["movie"]["id"] for row in rows] == [
        film.id for film in films if library.wants(film)
    ]
    _check_states(rows, library)


def _check_states(rows: Rows, library: Library) -> None:
    for row in rows:
        assert row["movie"]["me"] == library.me(row["movie"]["id"])


def _check_order(rows: Rows, column: str) -> None:
    """Newest first, those of one moment by their ids."""
    keys = [(row[column], row["id"]) for row in rows]
    assert keys == sorted(keys, reverse=True)


def _listed(client: APIClient, path: str) -> Rows:
    body = client.get(f"/api/v1/{path}/", {"page_size": 100}).json()
    assert body["next"] is None
    rows: Rows = body["results"]
    return rows


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _pairs(rows: Any, *columns: str) -> dict[int, int]:
    return dict(rows.values_list(*columns))
