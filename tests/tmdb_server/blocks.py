"""What `append_to_response` adds to a title's details."""

from collections.abc import Callable, Container, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from tests.tmdb_server import invented
from tests.tmdb_server.reference import CERTIFICATIONS, PROVIDERS, language_name
from tests.tmdb_server.titles import KnownIds, Record

PEOPLE = 20_000
KEYWORDS = 900
INVENTED_KEYWORDS = 10_000_000
MIDNIGHT = "T00:00:00.000Z"
PREMIERE, THEATRICAL, DIGITAL = 1, 3, 4
CREW = (("Directing", "Director"), ("Writing", "Writer"), ("Production", "Producer"))
DEPARTMENTS = {job: department for department, job in CREW}
POSTER_LANGUAGES = ("en", "de", None, "fr", "pt")
OFFERS = ("flatrate", "rent", "buy", "free", "ads")

PROVIDER_ROWS = tuple(
    {
        "logo_path": invented.image("provider", number),
        "provider_id": number,
        "provider_name": name,
        "display_priority": priority,
    }
    for priority, (number, name) in enumerate(PROVIDERS)
)

Block = dict[str, Any]
Full = Mapping[str, Any]


def credits(record: Record) -> Block:  # noqa: A001  # TMDb's name for it
    identifier = record["id"]
    cast = record.get("cast") or [
        {"name": _invented_person("Actor", identifier, order), "order": order}
        for order in range(4 + invented.below(8, "cast", identifier))
    ]
    crew = record.get("crew") or [
        {"name": _invented_person(job, identifier, 0), "department": department, "job": job}
        for department, job in CREW
    ]
    return {
        "cast": [_cast(identifier, index, given) for index, given in enumerate(cast)],
        "crew": [_crew(identifier, index, given) for index, given in enumerate(crew)],
    }


def keywords(record: Record, known: KnownIds) -> Block:
    if given := record.get("keywords"):
        return {"keywords": given}
    if names := record.get("keyword_names"):
        return {"keywords": [{"id": _keyword_id(n, known), "name": n} for n in names]}
    first = invented.below(KEYWORDS, "keyword", record["id"])
    indexes = (first, first + 1, first + 2)
    return {"keywords": [{"id": INVENTED_KEYWORDS + i, "name": f"keyword {i}"} for i in indexes]}


def videos(full: Full) -> Block:
    identifier = full["id"]
    kinds = ("Trailer", "Teaser", "Featurette")[: invented.below(4, "videos", identifier)]
    day = full["release_date"] or "2000-01-01"
    return {
        "results": [
            {
                "iso_639_1": "en",
                "iso_3166_1": "US",
                "name": f"{full['title']} - {kind}",
                "key": invented.video_key(identifier, kind),
                "site": "YouTube",
                "size": invented.one_of((720, 1080, 2160), "size", identifier, kind),
                "type": kind,
                "official": kind == "Trailer",
                "published_at": f"{day}T17:00:00.000Z",
                "id": invented.hexadecimal("video", identifier, kind),
            }
            for kind in kinds
        ]
    }


def release_dates(record: Record, full: Full) -> Block:
    try:
        day = date.fromisoformat(full["release_date"] or "")
    except ValueError:
        return {"results": []}
    results = []
    for index, (country, certifications) in enumerate(CERTIFICATIONS.items()):
        certification = invented.one_of(certifications, "certification", full["id"], country)
        if country == "US":
            certification = record.get("certification_us", certification)
        releases = [_release(day, 7 * index, THEATRICAL, certification)]
        if country == "US":
            releases.append(_release(day, 90, DIGITAL, certification))
        results.append({"iso_3166_1": country, "release_dates": releases})
    return {"results": results}


def external_ids(full: Full) -> Block:
    identifier = full["id"]
    has_wikidata = invented.below(2, "wikidata", identifier)
    return {
        "imdb_id": full["imdb_id"],
        "wikidata_id": f"Q{100_000_000 + identifier}" if has_wikidata else None,
        "facebook_id": None,
        "instagram_id": None,
        "twitter_id": None,
    }


def watch_providers(full: Full) -> Block:
    identifier = full["id"]
    countries = [c for c in ("US", "DE", "CH") if invented.share("watch", identifier, c) < 0.8]
    return {"results": {country: _offers(identifier, country) for country in countries}}


def translations(full: Full) -> Block:
    rows = [
        _translation("US", "en", full["title"], full["overview"], full["tagline"]),
        _translation("DE", "de", f"{full['title']} (deutsch)", "", ""),
    ]
    if invented.below(2, "translated", full["id"]):
        rows.append(_translation("FR", "fr", f"{full['title']} (français)", "Un film.", ""))
    return {"translations": rows}


def alternative_titles(full: Full) -> Block:
    kinds: tuple[tuple[str, str], ...] = (("US", "working title"), ("GB", ""))
    chosen = kinds[: invented.below(3, "alternative", full["id"])]
    return {
        "titles": [
            {"iso_3166_1": country, "title": f"{full['title']} in {country}", "type": kind}
            for country, kind in chosen
        ]
    }


def images(full: Full) -> Block:
    """Posters in TMDb's order, not that of their votes; a film without a poster has none at all."""
    identifier = full["id"]
    if full["poster_path"] is None:
        return {"backdrops": [], "logos": [], "posters": []}
    chosen = POSTER_LANGUAGES[
        : 2 + invented.below(len(POSTER_LANGUAGES) - 1, "posters", identifier)
    ]
    posters = [
        _image(f"poster-{language or 'none'}-{number}", identifier, language, width=2_000)
        for number in (1, 2)
        for language in chosen
    ]
    backdrop = _image("backdrop", identifier, None, width=3_840)
    return {"backdrops": [backdrop], "logos": [], "posters": posters}


def of_languages(block: Block, languages: Container[str]) -> Block:
    """Images in these languages, of which `null` is none."""
    return {
        kind: [row for row in rows if (row.get("iso_639_1") or "null") in languages]
        if isinstance(rows, list)
        else rows
        for kind, rows in block.items()
    }


def _image(kind: str, identifier: int, language: str | None, *, width: int) -> Block:
    votes = invented.below(40, "image", kind, identifier)
    return {
        "aspect_ratio": 0.667,
        "height": 3_000,
        "iso_639_1": language,
        "file_path": invented.image(kind, identifier),
        "vote_average": round(5 + votes / 50, 3) if votes else 0.0,
        "vote_count": votes,
        "width": width,
    }


def _invented_person(role: str, identifier: int, index: int) -> str:
    return f"{role} {1 + invented.below(PEOPLE, role, identifier, index)}"


@lru_cache(maxsize=20_000)
def _person(name: str) -> Block:
    """The same in every film, so it may depend on nothing but the name."""
    identifier = invented.person_id(name)
    return {
        "adult": False,
        "gender": identifier % 4,
        "id": identifier,
        "known_for_department": DEPARTMENTS.get(name.partition(" ")[0], "Acting"),
        "name": name,
        "original_name": name,
        "popularity": invented.popularity(identifier),
        "profile_path": invented.image_or_none("profile", identifier, chance=0.6),
    }


def _cast(identifier: int, index: int, given: Mapping[str, Any]) -> Block:
    return {
        **_person(given["name"]),
        "cast_id": index + 1,
        "character": given.get("character", ""),
        "credit_id": invented.hexadecimal("cast", identifier, index),
        "order": given.get("order", index),
    }


def _crew(identifier: int, index: int, given: Mapping[str, Any]) -> Block:
    return {
        **_person(given["name"]),
        "credit_id": invented.hexadecimal("crew", identifier, index),
        "department": given["department"],
        "job": given["job"],
    }


def _keyword_id(name: str, known: KnownIds) -> int:
    if name not in known.keywords:
        known.keywords[name] = 20_000_000 + invented.below(2_000_000_000, "keyword", name)
    return known.keywords[name]


def _release(day: date, later: int, kind: int, certification: str) -> Block:
    return {
        "certification": certification,
        "descriptors": [],
        "iso_639_1": "",
        "note": "",
        "release_date": f"{day + timedelta(days=later)}{MIDNIGHT}",
        "type": kind,
    }


def _offers(identifier: int, country: str) -> Block:
    link = f"https://www.themoviedb.org/movie/{identifier}/watch?locale={country}"
    offers: Block = {"link": link}
    # Each service has one bit and each kind of offer starts at another: about one in four is set.
    bits = invented.number("offers", identifier, country)
    bits &= bits >> 1
    for start, offer in enumerate(OFFERS):
        if chosen := [row for n, row in enumerate(PROVIDER_ROWS) if bits >> (5 * start + n) & 1]:
            offers[offer] = chosen
    return offers


def _translation(country: str, language: str, title: str, overview: str, tagline: str) -> Block:
    return {
        "iso_3166_1": country,
        "iso_639_1": language,
        "name": language_name(language),
        "english_name": language_name(language),
        "data": {
            "homepage": "",
            "overview": overview,
            "runtime": 0,
            "tagline": tagline,
            "title": title,
        },
    }


# All but recommendations and similar titles, which need other titles.
BLOCKS: Mapping[str, Callable[[Record, Full, KnownIds], Block]] = {
    "credits": lambda record, _full, _known: credits(record),
    "keywords": lambda record, _full, known: keywords(record, known),
    "videos": lambda _record, full, _known: videos(full),
    "release_dates": lambda record, full, _known: release_dates(record, full),
    "external_ids": lambda _record, full, _known: external_ids(full),
    "watch/providers": lambda _record, full, _known: watch_providers(full),
    "translations": lambda _record, full, _known: translations(full),
    "alternative_titles": lambda _record, full, _known: alternative_titles(full),
    "images": lambda _record, full, _known: images(full),
}
