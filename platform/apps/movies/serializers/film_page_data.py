"""A film's page as plain data; hundreds of small rows are too many for a serializer each."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from urllib.parse import quote

from apps.movies import attribution, images
from apps.movies.film_pages import OFFERS, FilmPage
from apps.movies.images import ImageURLs
from apps.movies.models import Country, Credit, Language, Movie, Provider, ReleaseDate, Video
from apps.movies.states import STATES, States

from .films import MovieOutput

_PLAYERS = {"YouTube": "https://www.youtube.com/watch?v=", "Vimeo": "https://vimeo.com/"}


def film_page_data(page: FilmPage, *, states: States) -> dict[str, Any]:
    movie, urls = page.movie, images.known.get()
    return {
        **MovieOutput(movie, context={STATES: states}).data,
        **_facts(movie),
        "images": {
            "poster": urls.named("poster", movie.poster_path),
            "backdrop": urls.named("backdrop", movie.backdrop_path),
        },
        "collection": _collection(movie, urls),
        "keywords": [{"id": keyword.pk, "name": keyword.name} for keyword in page.keywords],
        "companies": [
            {
                "id": company.pk,
                "name": company.name,
                "logo_url": urls.url("logo", "medium", company.logo_path),
                "origin_country": company.origin_country,
            }
            for company in page.companies
        ],
        "production_countries": _named(movie.production_countries, page.countries),
        "spoken_languages": _named(movie.spoken_languages, page.languages),
        "cast": [
            {
                "person": _person(credit, urls),
                "character": credit.character,
                "position": credit.position,
            }
            for credit in page.cast
        ],
        "crew": [
            {"person": _person(credit, urls), "department": credit.department, "job": credit.job}
            for credit in page.crew
        ],
        "videos": [_video(video) for video in page.videos],
        "release_dates": _releases(page.release_dates),
        "watch": _watch(page, urls),
        "translations": _rows(
            page.translations, "language", "country", "title", "overview", "tagline"
        ),
        "alternative_titles": _rows(page.alternative_titles, "country", "title", "type"),
    }


def _facts(movie: Movie) -> dict[str, Any]:
    return {
        "tagline": movie.tagline,
        "status": movie.status,
        "homepage": movie.homepage or None,
        "budget": movie.budget,
        "revenue": movie.revenue,
        "synced_at": movie.synced_at,
        "is_removed": movie.tombstoned_at is not None,
        "is_adult": movie.adult,
        "attribution": attribution.TMDB,
    }


def _collection(movie: Movie, urls: ImageURLs) -> dict[str, Any] | None:
    collection = movie.collection
    if collection is None:
        return None
    poster_url = urls.url("poster", "large", collection.poster_path)
    return {"id": collection.pk, "name": collection.name, "poster_url": poster_url}


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
