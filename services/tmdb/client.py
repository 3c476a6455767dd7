"""TMDb's answers to what the catalogue asks, each one request and paced."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import TypeVar

from . import parameters
from .exports import Export
from .limiter import Priority
from .payloads.configuration import ImageConfiguration, parse_configuration
from .payloads.facts import GenrePayload, parse_genres
from .payloads.movies import (
    IMAGE_BLOCK,
    WATCH_BLOCK,
    MovieDetailsPayload,
    MoviePayload,
    parse_movie,
)
from .payloads.pages import (
    ChangedTitle,
    FoundPayload,
    Page,
    parse_changes,
    parse_found,
    parse_movies,
)
from .payloads.parsed import Parsed
from .transport import Transport, Turn

T = TypeVar("T")

Movies = Parsed[Page[MoviePayload]]

# How long a request may wait for leave to be sent. A task that waits longer is better asked again.
MAX_WAIT_SECONDS = MappingProxyType(
    {Priority.USER: 10.0, Priority.ADMIN: 30.0, Priority.NIGHTLY: 60.0}
)
BLOCKS = (
    *("credits", "keywords", "videos", "release_dates", "recommendations", "similar"),
    *(WATCH_BLOCK, "translations", "alternative_titles", IMAGE_BLOCK),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovieAnswer:
    """`payload` is None where nothing has changed since the answer that had the ETag."""

    payload: Parsed[MovieDetailsPayload] | None
    etag: str


class TMDbClient:
    """Every method raises a TMDbError, or ValueError for what it never asks."""

    def __init__(
        self,
        transport: Transport,
        *,
        priority: Priority = Priority.NIGHTLY,
        language: str = "en-US",
        poster_languages: Iterable[str] = (),
        export_url: str = "https://files.tmdb.org/p/exports",
        max_wait_seconds: float | None = None,
    ) -> None:
        self._transport = transport
        self._language = parameters.language(language)
        self._poster_languages = tuple(map(parameters.language_code, poster_languages))
        self._export_url = export_url.rstrip("/")
        wait = MAX_WAIT_SECONDS[priority] if max_wait_seconds is None else max_wait_seconds
        self._turn = Turn(priority=priority, max_wait_seconds=wait)

    def genres(self, *, language: str | None = None) -> Parsed[tuple[GenrePayload, ...]]:
        chosen = self._language if language is None else parameters.language(language)
        return self._read(parse_genres, "/genre/movie/list", language=chosen)

    def trending(self, *, window: str, page: int = 1) -> Movies:
        path = f"/trending/movie/{parameters.window(window)}"
        return self._read(parse_movies, path, language=self._language, page=parameters.page(page))

    def popular(self, *, page: int = 1, region: str = "") -> Movies:
        return self._list("popular", page, region)

    def top_rated(self, *, page: int = 1, region: str = "") -> Movies:
        return self._list("top_rated", page, region)

    def now_playing(self, *, page: int = 1, region: str = "") -> Movies:
        return self._list("now_playing", page, region)

    def upcoming(self, *, page: int = 1, region: str = "") -> Movies:
        return self._list("upcoming", page, region)

    def discover(self, *, page: int = 1, **filters: object) -> Movies:
        """Filters by TMDb's names: `**{"vote_count.gte": 100}`."""
        given = parameters.discover_filters(filters)
        query = {"language": self._language, **given, "page": parameters.page(page)}
        return self._read(parse_movies, "/discover/movie", **query)

    def search(
        self,
        query: str,
        *,
        page: int = 1,
        year: int | None = None,
        primary_release_year: int | None = None,
        region: str = "",
        include_adult: bool = False,
    ) -> Movies:
        return self._read(
            parse_movies,
            "/search/movie",
            query=parameters.query(query),
            language=self._language,
            page=parameters.page(page),
            year=_year(year),
            primary_release_year=_year(primary_release_year),
            region=parameters.region(region),
            include_adult="true" if include_adult else "false",
        )

    def find(self, external_id: str, *, source: str = "imdb_id") -> Parsed[FoundPayload]:
        path = f"/find/{parameters.external_id(external_id, source)}"
        return self._read(parse_found, path, external_source=source, language=self._language)

    def movie(self, tmdb_id: int, *, etag: str = "") -> MovieAnswer:
        """Details with all blocks that are stored, in one request."""
        answer = self._transport.get(
            f"/movie/{parameters.movie_id(tmdb_id)}",
            {
                "append_to_response": ",".join(BLOCKS),
                "language": self._language,
                # Otherwise `language` leaves out all videos and images of others.
                "include_video_language": _and_none(self._own_language, "en"),
                "include_image_language": _and_none(self._own_language, *self._poster_languages),
            },
            turn=self._turn,
            etag=parameters.etag(etag),
        )
        if answer.body is None:
            return MovieAnswer(payload=None, etag=answer.etag)
        return MovieAnswer(payload=parse_movie(answer.body), etag=parameters.etag(answer.etag))

    @property
    def _own_language(self) -> str:
        """Without the country."""
        return self._language.partition("-")[0]

    def changes(self, day: date, *, page: int = 1) -> Parsed[Page[ChangedTitle]]:
        """What changed on one day by UTC, and perhaps on the next.

        TMDb does not say whether its `end_date` belongs to the range. Asking up to the next day
        misses nothing either way; what it may bring too many is fetched a day early.
        """
        return self._read(
            parse_changes,
            "/movie/changes",
            start_date=day.isoformat(),
            end_date=(day + timedelta(days=1)).isoformat(),
            page=parameters.page(page),
        )

    def configuration(self) -> Parsed[ImageConfiguration]:
        return self._read(parse_configuration, "/configuration")

    @contextmanager
    def open_export(self, day: date) -> Iterator[Export]:
        """The lines of all titles that TMDb has; read them within the block."""
        url = f"{self._export_url}/movie_ids_{day:%m_%d_%Y}.json.gz"
        with self._transport.stream(url, turn=self._turn) as response:
            yield Export(response)

    def _list(self, name: str, page: int, region: str) -> Movies:
        return self._read(
            parse_movies,
            f"/movie/{name}",
            language=self._language,
            page=parameters.page(page),
            region=parameters.region(region),
        )

    def _read(self, parse: Callable[[object], T], path: str, **query: str) -> T:
        filled = {name: value for name, value in query.items() if value}
        return parse(self._transport.get(path, filled, turn=self._turn).body)


def _year(value: int | None) -> str:
    return "" if value is None else parameters.year(value)


def _and_none(*languages: str) -> str:
    """These, each once, and what has no language."""
    return ",".join(dict.fromkeys((*languages, "null")))
