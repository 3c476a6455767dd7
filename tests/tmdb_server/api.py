"""The paths of TMDb's API that Nexus uses, with its rules of paging, dates and appended blocks."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus

from tests.tmdb_server import changes, lists
from tests.tmdb_server.answers import JSON, Answer, encode, refusal
from tests.tmdb_server.catalogue import Catalogue
from tests.tmdb_server.changes import Changes, change_row
from tests.tmdb_server.connections import Request
from tests.tmdb_server.lists import Lists
from tests.tmdb_server.reference import CONFIGURATION, GENRES

LAST_PAGE = 500
MOST_APPENDED = 20
NOT_FOUND, INVALID_PAGE, INVALID_DATE, RANGE_TOO_LONG, INVALID, TOO_MANY = 34, 22, 23, 20, 5, 27
# How long a copy may be kept, by what it is of: as recorded.
DAY_PART, CONFIGURATION_AGE, SEARCH_AGE, TRENDING_AGE = 28_800, 43_200, 600, 300

Rows = Callable[[Sequence[int]], bytes]


class RefusedError(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Api:
    def __init__(self, catalogue: Catalogue, changed: Changes) -> None:
        # None: the day it really is.
        self.fixed_today: date | None = None
        self._catalogue = catalogue
        self._changes = changed
        self._lists = Lists(catalogue)
        self._named = {
            "popular": self._lists.popular,
            "top_rated": self._lists.top_rated,
            "now_playing": self._lists.now_playing,
            "upcoming": self._lists.upcoming,
        }

    @property
    def today(self) -> date:
        return self.fixed_today or datetime.now(UTC).date()

    def answer(self, request: Request) -> Answer:
        try:
            body, age = self._body(request.path.strip("/").split("/")[1:], request.query)
        except RefusedError as error:
            return refusal(error.code)
        except (KeyError, ValueError):
            return refusal(NOT_FOUND)
        # As long as TMDb's, for less work than a cryptographic digest.
        tag = f'W/"{zlib.crc32(body):08x}{zlib.adler32(body):08x}{len(body):016x}"'
        headers = {"Content-Type": JSON, "Cache-Control": f"public, max-age={age}", "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Answer(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Answer(body=body, headers=headers)

    def _body(self, parts: list[str], query: Mapping[str, str]) -> tuple[bytes, int]:
        """The JSON and for how long it may be kept; KeyError and ValueError are for 404."""
        match parts:
            case ["movie", *rest]:
                return self._movie(rest, query), DAY_PART
            case ["genre", "movie", "list"]:
                genres = [{"id": number, "name": name} for number, name in GENRES.items()]
                return encode({"genres": genres}), DAY_PART
            case ["configuration"]:
                return encode(CONFIGURATION), CONFIGURATION_AGE
            case ["trending", "movie", ("day" | "week") as window]:
                found = self._lists.trending(window, self.today)
                return self._page(found, query, self._with_media_type), TRENDING_AGE
            case ["discover" | "search" as kind, "movie"]:
                return self._page(self._sought(kind, query), query), SEARCH_AGE
            case ["find", identifier]:
                return self._find(identifier, query), DAY_PART
        raise KeyError

    def _movie(self, parts: list[str], query: Mapping[str, str]) -> bytes:
        match parts:
            case ["changes"]:
                return self._changed(query)
            case [name] if name in self._named:
                return self._list(name, query)
            case [identifier]:
                return self._catalogue.body(
                    _number(identifier), _appended(query), images_in=_image_languages(query)
                )
            case [identifier, *block]:
                return self._catalogue.block(
                    _number(identifier), "/".join(block), images_in=_image_languages(query)
                )
        raise KeyError

    def _list(self, name: str, query: Mapping[str, str]) -> bytes:
        found = self._named[name]()
        page = self._page(found, query)
        if name not in ("now_playing", "upcoming"):
            return page
        entries = self._catalogue.entries
        days = sorted(entries[identifier].release_date for identifier in found) or [""]
        return b'{"dates":' + encode({"maximum": days[-1], "minimum": days[0]}) + b"," + page[1:]

    def _sought(self, kind: str, query: Mapping[str, str]) -> list[int]:
        if kind == "search":
            if not query.get("query"):
                raise RefusedError(INVALID)
            return self._lists.search(query)
        try:
            return self._lists.discover(query)
        except ValueError as error:
            raise RefusedError(INVALID) from error

    def _find(self, identifier: str, query: Mapping[str, str]) -> bytes:
        source = query.get("external_source")
        if not source:
            raise RefusedError(INVALID)
        found = self._lists.with_imdb_id(identifier) if source == "imdb_id" else []
        others = ("person_results", "tv_results", "tv_episode_results", "tv_season_results")
        rest = encode(dict.fromkeys(others, ()))
        return b'{"movie_results":[' + self._with_media_type(found) + b"]," + rest[1:]

    def _changed(self, query: Mapping[str, str]) -> bytes:
        last = _day(query.get("end_date")) or self.today
        first = _day(query.get("start_date")) or last - timedelta(days=1)
        if last - first > changes.LONGEST:
            raise RefusedError(RANGE_TOO_LONG)
        found = self._changes.between(first, last)
        return self._page(found, query, _change_rows, size=changes.ROWS)

    def _page(
        self,
        found: Sequence[int],
        query: Mapping[str, str],
        rows: Rows | None = None,
        *,
        size: int = lists.ROWS,
    ) -> bytes:
        page = page_number(query)
        shown = found[(page - 1) * size : page * size]
        totals = f'],"total_pages":{-(-len(found) // size)},"total_results":{len(found)}}}'
        head = f'{{"page":{page},"results":['.encode()
        return head + (rows or self._rows)(shown) + totals.encode()

    def _rows(self, identifiers: Sequence[int]) -> bytes:
        return b",".join(map(self._catalogue.row, identifiers))

    def _with_media_type(self, identifiers: Sequence[int]) -> bytes:
        return b",".join(map(self._catalogue.row_with_media_type, identifiers))


def page_number(query: Mapping[str, str]) -> int:
    text = query.get("page", "1")
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PAGE:
        raise RefusedError(INVALID_PAGE)
    return int(text)


def page_before(request: Request) -> Request:
    page = max(1, page_number(request.query) - 1)
    return replace(request, query={**request.query, "page": str(page)})


def _change_rows(identifiers: Sequence[int]) -> bytes:
    return b",".join(encode(change_row(identifier)) for identifier in identifiers)


def _number(text: str) -> int:
    # A name may follow the id, as in 550-fight-club.
    return int(text.partition("-")[0])


def _appended(query: Mapping[str, str]) -> list[str]:
    names = [name for name in query.get("append_to_response", "").split(",") if name]
    if len(names) > MOST_APPENDED:
        raise RefusedError(TOO_MANY)
    return names


def _image_languages(query: Mapping[str, str]) -> set[str] | None:
    """`language` leaves out the images of others, but for those that are asked for besides."""
    language = query.get("language", "").partition("-")[0]
    included = query.get("include_image_language", "").split(",")
    return {name for name in (language, *included) if name} or None


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        # A time behind the day is tolerated and ignored.
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise RefusedError(INVALID_DATE) from error
