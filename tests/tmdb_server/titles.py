"""All that TMDb knows of a title in itself: what a record lacks is invented."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.tmdb_server import invented
from tests.tmdb_server.reference import GENRES, country_name, language_name

Record = Mapping[str, Any]

# Above the ids that TMDb gives.
INVENTED_COMPANIES = 10_000_000
INVENTED_COLLECTIONS = 11_000_000
COUNTRIES = ("US", "GB", "FR", "DE", "CH", "JP", "KR", "IN")
COLLECTIONS = 400
COMPANIES = 2_000
# The shares of titles without an image, as measured on recorded lists.
POSTERS = 0.955
BACKDROPS = 0.82


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Ids of what some records give by name only."""

    companies: dict[str, int] = field(default_factory=dict)
    keywords: dict[str, int] = field(default_factory=dict)

    def learn(self, record: Record) -> None:
        for company in record.get("production_companies", ()):
            self.companies.setdefault(company["name"], company["id"])
        for keyword in record.get("keywords", ()):
            self.keywords.setdefault(keyword["name"], keyword["id"])


def details(record: Record, known: KnownIds) -> dict[str, Any]:
    """The body of /movie/{id} without anything appended."""
    identifier = record["id"]
    title = record["title"]
    countries = _countries(record)
    language = record.get("original_language") or _first(record.get("spoken_languages_iso")) or "en"
    return {
        "adult": record.get("adult", False),
        "backdrop_path": record.get("backdrop_path")
        or invented.image_or_none("backdrop", identifier, chance=BACKDROPS),
        "belongs_to_collection": _collection(identifier),
        "budget": record.get("budget", 0),
        "genres": record.get("genres", []),
        "homepage": record.get("homepage") or invented.one_of(("", None), "homepage", identifier),
        "id": identifier,
        "imdb_id": record.get("imdb_id"),
        "origin_country": [country["iso_3166_1"] for country in countries],
        "original_language": language,
        "original_title": record.get("original_title") or title,
        "overview": record.get("overview", ""),
        "popularity": record.get("popularity") or invented.popularity(identifier),
        "poster_path": record.get("poster_path")
        or invented.image_or_none("poster", identifier, chance=POSTERS),
        "production_companies": _companies(record, known),
        "production_countries": countries,
        "release_date": record.get("release_date", ""),
        "revenue": record.get("revenue", 0),
        "runtime": record.get("runtime") or 70 + invented.below(80, "runtime", identifier),
        "softcore": False,
        "spoken_languages": _languages(record, language),
        "status": record.get("status", "Released"),
        "tagline": record.get("tagline", ""),
        "title": title,
        "video": record.get("video", False),
        "vote_average": record.get("vote_average", 0),
        "vote_count": record.get("vote_count", invented.below(3_000, "votes", identifier)),
    }


def list_row(full: Mapping[str, Any]) -> dict[str, Any]:
    """A title as lists show it, from its details."""
    return {
        "adult": full["adult"],
        "backdrop_path": full["backdrop_path"],
        "genre_ids": [genre["id"] for genre in full["genres"]],
        "id": full["id"],
        "original_language": full["original_language"],
        "original_title": full["original_title"],
        "overview": full["overview"],
        "popularity": full["popularity"],
        "poster_path": full["poster_path"],
        "release_date": full["release_date"],
        "title": full["title"],
        "video": full["video"],
        "vote_average": full["vote_average"],
        "vote_count": full["vote_count"],
    }


def invented_record(identifier: int) -> Record:
    """A title that exists only to make the export long."""
    genre = invented.one_of(tuple(GENRES), "genre", identifier)
    year = 1950 + invented.below(75, "year", identifier)
    return {
        "id": identifier,
        "title": f"Title {identifier}",
        "genres": [{"id": genre, "name": GENRES[genre]}],
        "release_date": invented_date(year, identifier),
        "overview": f"What happens in title {identifier}.",
        "vote_average": round(4 + 5 * invented.share("average", identifier), 3),
        "vote_count": invented.below(20, "votes", identifier),
    }


def invented_date(year: int, identifier: int) -> str:
    month = 1 + invented.below(12, "month", identifier)
    return f"{year}-{month:02}-{1 + invented.below(28, 'day', identifier):02}"


def _first(values: list[str] | None) -> str:
    return values[0] if values else ""


def _collection(identifier: int) -> dict[str, Any] | None:
    if invented.below(12, "in a collection", identifier):
        return None
    index = invented.below(COLLECTIONS, "collection", identifier)
    return {
        "id": INVENTED_COLLECTIONS + index,
        "name": f"Collection {index}",
        "poster_path": invented.image("collection", index),
        "backdrop_path": invented.image_or_none("collection-backdrop", index, chance=BACKDROPS),
    }


def _companies(record: Record, known: KnownIds) -> list[dict[str, Any]]:
    if given := record.get("production_companies"):
        return [_company(company["id"], company["name"]) for company in given]
    if names := record.get("production_companies_names"):
        return [_company(_company_id(name, known), name) for name in dict.fromkeys(names)]
    index = invented.below(COMPANIES, "company", record["id"])
    return [_company(INVENTED_COMPANIES + index, f"Company {index}")]


def _company(identifier: int, name: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "logo_path": invented.image_or_none("logo", identifier, chance=0.5),
        "name": name,
        "origin_country": invented.one_of((*COUNTRIES, ""), "company's country", identifier),
    }


def _company_id(name: str, known: KnownIds) -> int:
    if name not in known.companies:
        known.companies[name] = 100_000_000 + invented.below(2_000_000_000, "company", name)
    return known.companies[name]


def _countries(record: Record) -> list[dict[str, str]]:
    if given := record.get("production_countries"):
        return list(given)
    codes = record.get("production_countries_iso") or [
        invented.one_of(COUNTRIES, "country", record["id"])
    ]
    return [{"iso_3166_1": code, "name": country_name(code)} for code in codes]


def _languages(record: Record, original: str) -> list[dict[str, str]]:
    if given := record.get("spoken_languages"):
        return [{"english_name": language_name(item["iso_639_1"]), **item} for item in given]
    codes = record.get("spoken_languages_iso") or [original]
    return [
        {"english_name": language_name(code), "iso_639_1": code, "name": language_name(code)}
        for code in codes
    ]
