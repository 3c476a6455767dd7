"""Films: rows of lists, and details with the blocks that were appended to them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from services.tmdb.errors import PayloadError

from . import blocks, facts, people, posters, values, watching
from .parsed import Parsed
from .rows import read_list, read_rows
from .values import Dropped, UnusableRowError

T = TypeVar("T")

MOST_RELATED = 100
WATCH_BLOCK = "watch/providers"
IMAGE_BLOCK = "images"


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleFacts:
    """What lists and details both tell of a film."""

    tmdb_id: int
    title: str
    original_title: str
    original_language: str
    release_date: date | None
    overview: str
    poster_path: str
    backdrop_path: str
    vote_average: float | None
    vote_count: int
    popularity: float
    adult: bool
    video: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoviePayload(TitleFacts):
    """A row of a list."""

    genre_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovieDetailsPayload(TitleFacts):
    """Details; a block that is None was not in the answer, or cannot be read."""

    runtime: int | None
    status: str
    tagline: str
    homepage: str
    imdb_id: str | None
    budget: int | None
    revenue: int | None
    genres: tuple[facts.GenrePayload, ...] | None
    collection: facts.CollectionPayload | None
    companies: tuple[facts.CompanyPayload, ...] | None
    production_countries: tuple[facts.CountryPayload, ...]
    spoken_languages: tuple[facts.LanguagePayload, ...]
    origin_countries: tuple[str, ...]

    keywords: tuple[facts.KeywordPayload, ...] | None
    credits: tuple[people.CreditPayload, ...] | None
    videos: tuple[blocks.VideoPayload, ...] | None
    release_dates: tuple[blocks.ReleaseDatePayload, ...] | None
    watch: tuple[watching.WatchPayload, ...] | None
    translations: tuple[blocks.TranslationPayload, ...] | None
    alternative_titles: tuple[blocks.AlternativeTitlePayload, ...] | None
    posters: tuple[posters.PosterPayload, ...] | None
    recommended_ids: tuple[int, ...] | None
    similar_ids: tuple[int, ...] | None


def parse_movie(body: object) -> Parsed[MovieDetailsPayload]:
    """The answer of /movie/{id}, with or without appended blocks; its title may be blank."""
    row = values.whole_body(body)
    dropped = Dropped()
    try:
        title = _read_facts(row, "", dropped, may_be_blank="title" in row)
    except UnusableRowError as reason:
        raise PayloadError(f"TMDb's details have no usable {reason}") from None
    payload = MovieDetailsPayload(
        **title,
        runtime=values.whole(row.get("runtime"), least=1, most=blocks.MAX_RUNTIME),
        status=values.text(row.get("status"), 40),
        tagline=values.text(row.get("tagline"), 500),
        homepage=values.web_url(row.get("homepage"), "homepage", dropped),
        imdb_id=values.imdb_id(row.get("imdb_id"), dropped),
        budget=values.whole(row.get("budget"), least=1, most=values.MAX_MONEY),
        revenue=values.whole(row.get("revenue"), least=1, most=values.MAX_MONEY),
        genres=_block(row, "genres", facts.read_genres, dropped),
        collection=facts.read_collection(row.get("belongs_to_collection"), dropped),
        companies=_block(row, "production_companies", facts.read_companies, dropped),
        production_countries=facts.read_countries(row.get("production_countries"), dropped),
        spoken_languages=facts.read_languages(row.get("spoken_languages"), dropped),
        origin_countries=facts.read_origin_countries(row.get("origin_country"), dropped),
        keywords=_block(row, "keywords", facts.read_keywords, dropped),
        credits=_block(row, "credits", people.read_credits, dropped),
        videos=_block(row, "videos", blocks.read_videos, dropped),
        release_dates=_block(row, "release_dates", blocks.read_release_dates, dropped),
        watch=_block(row, WATCH_BLOCK, watching.read_watch, dropped),
        translations=_block(row, "translations", blocks.read_translations, dropped),
        alternative_titles=_block(
            row, "alternative_titles", blocks.read_alternative_titles, dropped
        ),
        posters=_block(row, IMAGE_BLOCK, posters.read_posters, dropped),
        recommended_ids=_block(row, "recommendations", _read_related("recommendations"), dropped),
        similar_ids=_block(row, "similar", _read_related("similar"), dropped),
    )
    return Parsed(value=payload, dropped=dropped)


def read_movie(row: dict[str, object], dropped: Dropped, *, block: str) -> MoviePayload:
    """A row of a list, some of which mix films with series and people."""
    if _is_other(row):
        raise UnusableRowError("media_type")
    genre_ids = row.get("genre_ids")
    rows = genre_ids[: facts.MOST_GENRES] if isinstance(genre_ids, list) else []
    return MoviePayload(
        **_read_facts(row, f"{block}.", dropped),
        genre_ids=tuple(dict.fromkeys(genre_id for genre_id in rows if values.is_id(genre_id))),
    )


def _is_other(row: dict[str, object]) -> bool:
    return row.get("media_type") not in (None, "", "movie")


def _read_facts(
    row: dict[str, object], prefix: str, dropped: Dropped, *, may_be_blank: bool = False
) -> dict[str, Any]:
    tmdb_id = values.tmdb_id(row.get("id"))
    original_title = values.text(row.get("original_title"), 500)
    title = values.text(row.get("title"), 500)
    popularity = values.number(row.get("popularity"), most=people.MAX_POPULARITY)
    return {
        "tmdb_id": tmdb_id,
        "title": _read_title(title, original_title, dropped, may_be_blank=may_be_blank),
        "original_title": original_title,
        "original_language": values.text(row.get("original_language"), 8),
        "release_date": values.day(row.get("release_date"), f"{prefix}release_date", dropped),
        "overview": values.text(row.get("overview"), 10_000),
        "poster_path": values.image_path(row.get("poster_path"), f"{prefix}poster_path", dropped),
        "backdrop_path": values.image_path(
            row.get("backdrop_path"), f"{prefix}backdrop_path", dropped
        ),
        "vote_average": values.number(row.get("vote_average"), most=values.MAX_VOTE),
        "vote_count": values.whole(row.get("vote_count")) or 0,
        "popularity": popularity or 0.0,
        "adult": row.get("adult") is True,
        "video": row.get("video") is True,
    }


def _read_title(title: str, original_title: str, dropped: Dropped, *, may_be_blank: bool) -> str:
    """TMDb has films whose titles are a blank; in a list they are of no use."""
    found = title if title.strip() else original_title
    if may_be_blank and not found.strip():
        dropped["title"] += 1
        return ""
    return values.name(found, 500, "title")


def _block(
    row: dict[str, object],
    name: str,
    read: Callable[[object, Dropped], T | None],
    dropped: Dropped,
) -> T | None:
    return read(row[name], dropped) if name in row else None


def _read_related(block: str) -> Callable[[object, Dropped], tuple[int, ...] | None]:
    """The films of a block; what else it tells of them their own answers tell better."""

    def read_id(row: dict[str, object]) -> int:
        if _is_other(row):
            raise UnusableRowError("media_type")
        return values.tmdb_id(row.get("id"))

    def read(value: object, dropped: Dropped) -> tuple[int, ...] | None:
        return read_rows(
            read_list(value, "results"),
            read_id,
            key=int,
            block=block,
            most=MOST_RELATED,
            dropped=dropped,
        )

    return read
