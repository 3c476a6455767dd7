"""What titles share: genres, keywords, companies, collections, countries, languages."""

from dataclasses import dataclass

from services.tmdb.errors import PayloadError

from . import values
from .parsed import Parsed
from .rows import read_rows
from .values import Dropped, UnusableRowError

MOST_GENRES = 100
MOST_KEYWORDS = 300
MOST_COMPANIES = 100
MOST_CODES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GenrePayload:
    tmdb_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordPayload:
    tmdb_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyPayload:
    tmdb_id: int
    name: str
    logo_path: str
    origin_country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryPayload:
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagePayload:
    code: str
    name: str
    english_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionPayload:
    tmdb_id: int
    name: str
    poster_path: str
    backdrop_path: str


def parse_genres(body: object) -> Parsed[tuple[GenrePayload, ...]]:
    """The answer of /genre/movie/list."""
    dropped = Dropped()
    found = read_genres(values.whole_body(body).get("genres"), dropped)
    if found is None:
        raise PayloadError("TMDb's answer lists no genres")
    return Parsed(value=found, dropped=dropped)


def read_genres(value: object, dropped: Dropped) -> tuple[GenrePayload, ...] | None:
    def read(row: dict[str, object]) -> GenrePayload:
        return GenrePayload(
            tmdb_id=values.tmdb_id(row.get("id")), name=values.name(row.get("name"), 60)
        )

    return read_rows(value, read, key=_tmdb_id, block="genres", most=MOST_GENRES, dropped=dropped)


def read_keywords(block: object, dropped: Dropped) -> tuple[KeywordPayload, ...] | None:
    """A film's block has its rows under `keywords`, others under `results`."""

    def read(row: dict[str, object]) -> KeywordPayload:
        return KeywordPayload(
            tmdb_id=values.tmdb_id(row.get("id")), name=values.name(row.get("name"), 200)
        )

    rows = block.get("keywords", block.get("results")) if isinstance(block, dict) else None
    return read_rows(
        rows, read, key=_tmdb_id, block="keywords", most=MOST_KEYWORDS, dropped=dropped
    )


def read_companies(value: object, dropped: Dropped) -> tuple[CompanyPayload, ...] | None:
    def read(row: dict[str, object]) -> CompanyPayload:
        return CompanyPayload(
            tmdb_id=values.tmdb_id(row.get("id")),
            name=values.name(row.get("name"), 300),
            logo_path=values.image_path(row.get("logo_path"), "companies.logo_path", dropped),
            origin_country=values.country(row.get("origin_country")),
        )

    return read_rows(
        value, read, key=_tmdb_id, block="companies", most=MOST_COMPANIES, dropped=dropped
    )


def read_countries(value: object, dropped: Dropped) -> tuple[CountryPayload, ...]:
    def read(row: dict[str, object]) -> CountryPayload:
        return CountryPayload(
            code=_code(values.country(row.get("iso_3166_1")), "iso_3166_1"),
            name=values.text(row.get("name"), 100),
        )

    found = read_rows(
        value or [], read, key=_code_of, block="countries", most=MOST_CODES, dropped=dropped
    )
    return found or ()


def read_languages(value: object, dropped: Dropped) -> tuple[LanguagePayload, ...]:
    def read(row: dict[str, object]) -> LanguagePayload:
        return LanguagePayload(
            code=_code(values.language(row.get("iso_639_1")), "iso_639_1"),
            name=values.text(row.get("name"), 100),
            english_name=values.text(row.get("english_name"), 100),
        )

    found = read_rows(
        value or [], read, key=_code_of, block="languages", most=MOST_CODES, dropped=dropped
    )
    return found or ()


def read_origin_countries(value: object, dropped: Dropped) -> tuple[str, ...]:
    if value is None:
        return ()
    rows = value if isinstance(value, list) else [value]
    codes = [values.country(row) for row in rows[:MOST_CODES]]
    if faults := codes.count("") + len(rows) - len(codes):
        dropped["origin_country"] += faults
    return tuple(dict.fromkeys(code for code in codes if code))


def read_collection(value: object, dropped: Dropped) -> CollectionPayload | None:
    if value is None:
        return None
    try:
        row = value if isinstance(value, dict) else {}
        return CollectionPayload(
            tmdb_id=values.tmdb_id(row.get("id")),
            name=values.name(row.get("name"), 300),
            poster_path=values.image_path(
                row.get("poster_path"), "collection.poster_path", dropped
            ),
            backdrop_path=values.image_path(
                row.get("backdrop_path"), "collection.backdrop_path", dropped
            ),
        )
    except UnusableRowError as reason:
        dropped[f"collection.{reason}"] += 1
        return None


def _code(found: str, field: str) -> str:
    if not found:
        raise UnusableRowError(field)
    return found


def _tmdb_id(row: GenrePayload | KeywordPayload | CompanyPayload) -> int:
    return row.tmdb_id


def _code_of(row: CountryPayload | LanguagePayload) -> str:
    return row.code
