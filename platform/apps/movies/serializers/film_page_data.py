"""A film's page as plain data; hundreds of small rows are too many for a serializer each."""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import quote

from apps.core.field_selection import Chosen, is_chosen
from apps.movies import attribution, images
from apps.movies.film_pages import OFFERS, FilmPage
from apps.movies.images import ImageURLs
from apps.movies.models import (
    Company,
    Country,
    Credit,
    Language,
    Provider,
    ReleaseDate,
    Video,
)

_PLAYERS = {"YouTube": "https://www.youtube.com/watch?v=", "Vimeo": "https://vimeo.com/"}


def film_page_data(page: FilmPage, card: Mapping[str, Any], *, chosen: Chosen) -> dict[str, Any]:
    """The card's fields, then those that only the page has; of these what was chosen."""
    urls = images.known.get()
    told = {name: tell(page, urls) for name, tell in _PARTS.items() if is_chosen(chosen, name)}
    return {**card, **told}


def _images(page: FilmPage, urls: ImageURLs) -> dict[str, Any]:
    movie = page.movie
    return {
        "poster": urls.named("poster", movie.poster_path),
        "backdrop": urls.named("backdrop", movie.backdrop_path),
    }


def _collection(page: FilmPage, urls: ImageURLs) -> dict[str, Any] | None:
    collection = page.movie.collection
    if collection is None:
        return None
    poster_url = urls.url("poster", "large", collection.poster_path)
    return {"id": collection.pk, "name": collection.name, "poster_url": poster_url}


def _company(company: Company, urls: ImageURLs) -> dict[str, Any]:
    return {
        "id": company.pk,
        "name": company.name,
        "logo_url": urls.url("logo", "medium", company.logo_path),
        "origin_country": company.origin_country,
    }


def _cast(credit: Credit, urls: ImageURLs) -> dict[str, Any]:
    return {
        "person": _person(credit, urls),
        "character": credit.character,
        "position": credit.position,
    }


def _crew(credit: Credit, urls: ImageURLs) -> dict[str, Any]:
    return {
        "person": _person(credit, urls),
        "department": credit.department,
        "job": credit.job,
    }


def _named(
    codes: list[str], known: Mapping[str, Country] | Mapping[str, Language]
) -> list[dict[str, str]]:
    return [{"code": code, "name": str(known[code]) if code in known else code} for code in codes]


def _person(credit: Credit, urls: ImageURLs) -> dict[str, Any]:
    person = credit.person
    profile_url = urls.url("profile", "medium", person.profile_path)
    return {"id": person.pk, "name": person.name, "profile_url": profile_url}


def _video(video: Video) -> dict[str, Any]:
    player = _PLAYERS.get(video.site)
    (row,) = _rows([video], "site", "key", "name", "type", "official", "language", "published_at")
    return row | {"url": player and f"{player}{quote(video.key, safe='')}"}


def _releases(release_dates: list[ReleaseDate]) -> list[dict[str, Any]]:
    """By country; they come in that order."""
    return [
        {
            "country": country,
            "releases": [
                {
                    "type": ReleaseDate.Type(release.type).label,
                    "released_on": release.released_on,
                    "certification": release.certification,
                    "note": release.note,
                }
                for release in releases
            ],
        }
        for country, releases in groupby(release_dates, key=lambda release: release.country)
    ]


def _watch(page: FilmPage, urls: ImageURLs) -> dict[str, Any]:
    providers = {pk: _provider(provider, urls) for pk, provider in page.providers.items()}
    countries = [
        {"country": row.country, "link": row.link or None}
        | {
            offer: [providers[pk] for pk in getattr(row, offer) if pk in providers]
            for offer in OFFERS
        }
        for row in page.watch
    ]
    return {"attribution": attribution.JUSTWATCH, "countries": countries}


def _provider(provider: Provider, urls: ImageURLs) -> dict[str, Any]:
    logo_url = urls.url("logo", "medium", provider.logo_path)
    return {"id": provider.pk, "name": provider.name, "logo_url": logo_url}


def _rows(rows: Iterable[Any], *fields: str) -> list[dict[str, Any]]:
    return [{field: getattr(row, field) for field in fields} for row in rows]


# In the order of the page.
_PARTS: Mapping[str, Callable[[FilmPage, ImageURLs], Any]] = {
    "tagline": lambda page, _: page.movie.tagline,
    "status": lambda page, _: page.movie.status,
    "homepage": lambda page, _: page.movie.homepage or None,
    "budget": lambda page, _: page.movie.budget,
    "revenue": lambda page, _: page.movie.revenue,
    "synced_at": lambda page, _: page.movie.synced_at,
    "is_removed": lambda page, _: page.movie.tombstoned_at is not None,
    "is_adult": lambda page, _: page.movie.adult,
    "attribution": lambda _, __: attribution.TMDB,
    "images": _images,
    "collection": _collection,
    "keywords": lambda page, _: [{"id": each.pk, "name": each.name} for each in page.keywords],
    "companies": lambda page, urls: [_company(each, urls) for each in page.companies],
    "production_countries": lambda page, _: _named(page.movie.production_countries, page.countries),
    "spoken_languages": lambda page, _: _named(page.movie.spoken_languages, page.languages),
    "cast": lambda page, urls: [_cast(credit, urls) for credit in page.cast],
    "crew": lambda page, urls: [_crew(credit, urls) for credit in page.crew],
    "videos": lambda page, _: [_video(video) for video in page.videos],
    "release_dates": lambda page, _: _releases(page.release_dates),
    "watch": _watch,
    "translations": lambda page, _: _rows(
        page.translations, "language", "country", "title", "overview", "tagline"
    ),
    "alternative_titles": lambda page, _: _rows(
        page.alternative_titles, "country", "title", "type"
    ),
}
