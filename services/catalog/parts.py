"""The rows that belong to one film alone, part by part; only parts that changed are written."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from services.tmdb.payloads.movies import MovieDetailsPayload

from .rows import Row, delete_of_movies, insert, upsert_arrays
from .shared_rows import offers

DIGEST_BYTES = 8

Build = Callable[[MovieDetailsPayload], list[Row] | None]


@dataclass(frozen=True, slots=True)
class Part:
    """A table of rows that a film owns. `build` answers None if TMDb's answer lacked the part."""

    name: str
    table: str
    columns: tuple[str, ...]
    build: Build
    # Whether each film has one row, of which values that are None leave what is stored.
    is_one_row: bool = False


def digest(value: object) -> str:
    return hashlib.blake2b(repr(value).encode(), digest_size=DIGEST_BYTES).hexdigest()


def write_part(part: Part, changed: Mapping[int, list[Row]], *, bare: Collection[int] = ()) -> None:
    """Replace the part's rows of these films, by the films' ids; the `bare` ones have none yet."""
    if not changed:
        return
    rows = [(movie_id, *row) for movie_id, rows in sorted(changed.items()) for row in rows]
    if part.is_one_row:
        upsert_arrays(part.table, "movie_id", part.columns, rows)
        return
    if filled := [movie_id for movie_id in changed if movie_id not in bare]:
        delete_of_movies(part.table, filled)
    insert(part.table, ("movie_id", *part.columns), rows)


def _genres(film: MovieDetailsPayload) -> list[Row] | None:
    return None if film.genres is None else [(genre.tmdb_id,) for genre in film.genres]


def _keywords(film: MovieDetailsPayload) -> list[Row] | None:
    return None if film.keywords is None else [(k.tmdb_id,) for k in film.keywords]


def _companies(film: MovieDetailsPayload) -> list[Row] | None:
    return None if film.companies is None else [(c.tmdb_id,) for c in film.companies]


def _credits(film: MovieDetailsPayload) -> list[Row] | None:
    if film.credits is None:
        return None
    cast = [credit for credit in film.credits if credit.is_cast]
    # TMDb's order has gaps, doubles and nulls; what comes first stays first.
    cast.sort(key=lambda credit: (credit.order is None, credit.order))
    crew = [credit for credit in film.credits if not credit.is_cast]
    return [
        (
            *(credit.person.tmdb_id, credit.credit_id, credit.is_cast),
            *(credit.character, credit.department, credit.job, position),
        )
        for group in (cast, crew)
        for position, credit in enumerate(group)
    ]


def _videos(film: MovieDetailsPayload) -> list[Row] | None:
    if film.videos is None:
        return None
    return [
        (
            *(video.site, video.key, video.name, video.type, video.official, video.published_at),
            *(video.size, video.language, video.country, position),
        )
        for position, video in enumerate(film.videos)
    ]


def _release_dates(film: MovieDetailsPayload) -> list[Row] | None:
    if film.release_dates is None:
        return None
    return [
        (
            *(release.country, release.type, release.released_on),
            *(release.certification, release.note, release.language),
        )
        for release in film.release_dates
    ]


def _watch(film: MovieDetailsPayload) -> list[Row] | None:
    if film.watch is None:
        return None
    return [
        (watch.country, watch.link, *([p.tmdb_id for p in offered] for offered in offers(watch)))
        for watch in film.watch
    ]


def _translations(film: MovieDetailsPayload) -> list[Row] | None:
    if film.translations is None:
        return None
    return [
        (
            *(translation.language, translation.country, translation.title),
            *(translation.overview, translation.tagline, translation.homepage),
            translation.runtime,
        )
        for translation in film.translations
    ]


def _alternative_titles(film: MovieDetailsPayload) -> list[Row] | None:
    if film.alternative_titles is None:
        return None
    return [(title.country, title.title, title.type) for title in film.alternative_titles]


def _posters(film: MovieDetailsPayload) -> list[Row] | None:
    return None if film.posters is None else [(p.language, p.path) for p in film.posters]


def _related(film: MovieDetailsPayload) -> list[Row] | None:
    if film.recommended_ids is None and film.similar_ids is None:
        return None
    told = (film.recommended_ids, film.similar_ids)
    return [tuple(None if tmdb_ids is None else list(tmdb_ids) for tmdb_ids in told)]


GENRES = Part("genres", "movies_movie_genres", ("genre_id",), _genres)
PARTS: tuple[Part, ...] = (
    GENRES,
    Part("keywords", "movies_movie_keywords", ("keyword_id",), _keywords),
    Part("companies", "movies_movie_companies", ("company_id",), _companies),
    Part(
        "credits",
        "movies_credit",
        (
            *("person_id", "credit_id", "is_cast"),
            *("character", "department", "job", "position"),
        ),
        _credits,
    ),
    Part(
        "videos",
        "movies_video",
        (
            *("site", "key", "name", "type", "official", "published_at"),
            *("size", "language", "country", "position"),
        ),
        _videos,
    ),
    Part(
        "release_dates",
        "movies_releasedate",
        ("country", "type", "released_on", "certification", "note", "language"),
        _release_dates,
    ),
    Part(
        "watch",
        "movies_watchavailability",
        ("country", "link", "flatrate", "rent", "buy", "free", "ads"),
        _watch,
    ),
    Part(
        "translations",
        "movies_translation",
        ("language", "country", "title", "overview", "tagline", "homepage", "runtime"),
        _translations,
    ),
    Part(
        "alternative_titles",
        "movies_alternativetitle",
        ("country", "title", "type"),
        _alternative_titles,
    ),
    Part("posters", "movies_poster", ("language", "path"), _posters),
    Part(
        "related",
        "movies_relatedtitles",
        ("recommended_tmdb_ids", "similar_tmdb_ids"),
        _related,
        is_one_row=True,
    ),
)


def build_parts(film: MovieDetailsPayload) -> dict[str, list[Row]]:
    """The rows of each part that TMDb's answer held, without the film's id."""
    built = ((part.name, part.build(film)) for part in PARTS)
    return {name: rows for name, rows in built if rows is not None}


def digests_of(parts: Mapping[str, Iterable[Row]]) -> dict[str, str]:
    return {name: digest(rows) for name, rows in parts.items()}
