"""Pages of lists: films, what changed, and what an id of another source finds."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.tmdb.errors import PayloadError

from . import values
from .movies import MoviePayload, read_movie
from .parsed import Parsed
from .rows import read_rows
from .values import Dropped

T = TypeVar("T")

# TMDb refuses pages beyond, whatever its totals say.
LAST_PAGE = 500
MOST_MOVIES = 1_000
# A page has a hundred; one was seen with 2,687.
MOST_CHANGES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    page: int
    total_pages: int
    results: tuple[T, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedTitle:
    """`adult` is None where TMDb does not say."""

    tmdb_id: int
    adult: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPayload:
    movies: tuple[MoviePayload, ...]


def parse_movies(body: object) -> Parsed[Page[MoviePayload]]:
    dropped = Dropped()
    return _parse_page(
        body,
        lambda row: read_movie(row, dropped, block="results"),
        key=_movie_id,
        most=MOST_MOVIES,
        dropped=dropped,
    )


def parse_changes(body: object) -> Parsed[Page[ChangedTitle]]:
    return _parse_page(body, _read_change, key=_changed_id, most=MOST_CHANGES, dropped=Dropped())


def parse_found(body: object) -> Parsed[FoundPayload]:
    """An id that TMDb does not know is an answer without rows."""
    dropped = Dropped()
    rows = values.whole_body(body).get("movie_results")
    if not isinstance(rows, list):
        raise PayloadError("TMDb's answer lists no films that it found")
    movies = read_rows(
        rows,
        lambda row: read_movie(row, dropped, block="movie_results"),
        key=_movie_id,
        block="movie_results",
        most=MOST_MOVIES,
        dropped=dropped,
    )
    if movies is None:
        raise PayloadError("TMDb found films, and none that can be used")
    return Parsed(value=FoundPayload(movies=movies), dropped=dropped)


def _parse_page(
    body: object,
    read: Callable[[dict[str, object]], T],
    *,
    key: Callable[[T], Hashable],
    most: int,
    dropped: Dropped,
) -> Parsed[Page[T]]:
    row = values.whole_body(body)
    rows = row.get("results")
    if not isinstance(rows, list):
        raise PayloadError("TMDb's answer is no page of a list")
    results = read_rows(rows, read, key=key, block="results", most=most, dropped=dropped)
    if results is None:
        raise PayloadError("TMDb's answer is a page without a row that can be used")
    total = values.whole(row.get("total_pages"), most=values.MAX_MONEY)
    page = Page(
        page=values.whole(row.get("page"), least=1) or 1,
        total_pages=max(1, min(total or 1, LAST_PAGE)),
        results=results,
    )
    return Parsed(value=page, dropped=dropped)


def _read_change(row: dict[str, object]) -> ChangedTitle:
    adult = row.get("adult")
    return ChangedTitle(
        tmdb_id=values.tmdb_id(row.get("id")), adult=adult if isinstance(adult, bool) else None
    )


def _movie_id(movie: MoviePayload) -> int:
    return movie.tmdb_id


def _changed_id(changed: ChangedTitle) -> int:
    return changed.tmdb_id
