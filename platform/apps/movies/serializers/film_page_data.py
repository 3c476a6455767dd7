"""A film's page as plain data; hundreds of small rows are too many for a serializer each."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from apps.core.field_selection import Chosen, is_chosen
from apps.core.locales import catalogue_tag, current_locale
from apps.core.movie_states import MovieState
from apps.movies import attribution, images
from apps.movies.film_pages import FilmPage
from apps.movies.fragments import Fragment
from apps.movies.images import ImageURLs
from apps.movies.localising import Translated, nearest
from apps.movies.models import ReleaseDate
from apps.movies.watching import OFFERS

Row = Mapping[str, Any]

_PLAYERS = {"YouTube": "https://www.youtube.com/watch?v=", "Vimeo": "https://vimeo.com/"}


def film_page_data(
    page: FilmPage, film: Fragment, state: MovieState | None, *, chosen: Chosen
) -> dict[str, Any]:
    """The card's fields, then those that only the page has; of these what was chosen."""
    urls = images.known.get()
    parts = page.parts | {"poster_path": film.poster_path}
    told = {name: tell(parts, urls) for name, tell in _TELL.items() if is_chosen(chosen, name)}
    return {**film.data(state, chosen=chosen), **told}


def _tagline(parts: Row, _: ImageURLs) -> str:
    taglines = [Translated(**row) for row in parts["taglines"]]
    catalogues = Translated(catalogue_tag().language, "", parts["tagline"])
    return nearest(taglines, catalogues, current_locale()).text


def _images(parts: Row, urls: ImageURLs) -> dict[str, Any]:
    return {
        "poster": urls.named("poster", parts["poster_path"]),
        "backdrop": urls.named("backdrop", parts["backdrop_path"]),
    }


def _collection(parts: Row, urls: ImageURLs) -> dict[str, Any] | None:
    collection = next(iter(parts["collection"]), None)
    if collection is None:
        return None
    poster_url = urls.url("poster", "large", collection["poster_path"])
    return {"id": collection["id"], "name": collection["name"], "poster_url": poster_url}


def _company(company: Row, urls: ImageURLs) -> dict[str, Any]:
    return {
        "id": company["id"],
        "name": company["name"],
        "logo_url": urls.url("logo", "medium", company["logo_path"]),
        "origin_country": company["origin_country"],
    }


def _cast(credit: Row, urls: ImageURLs) -> dict[str, Any]:
    return {
        "person": _person(credit, urls),
        "character": credit["character"],
        "position": credit["position"],
    }


def _crew(credit: Row, urls: ImageURLs) -> dict[str, Any]:
    return {
        "person": _person(credit, urls),
        "department": credit["department"],
        "job": credit["job"],
    }


def _person(credit: Row, urls: ImageURLs) -> dict[str, Any]:
    profile_url = urls.url("profile", "medium", credit["profile_path"])
    return {"id": credit["id"], "name": credit["name"], "profile_url": profile_url}


def _video(video: Row) -> dict[str, Any]:
    player = _PLAYERS.get(video["site"])
    return {
        **video,
        "published_at": _moment(video["published_at"]),
        "url": player and f"{player}{quote(video['key'], safe='')}",
    }


def _moment(text: str | None) -> datetime | None:
    """PostgreSQL writes moments in another way than the API does."""
    return datetime.fromisoformat(text) if text else None


def _releases(release_dates: list[Row]) -> list[dict[str, Any]]:
    """By country; they come in that order."""
    return [
        {
            "country": country,
            "releases": [
                {
                    "type": ReleaseDate.Type(release["type"]).label,
                    "released_on": release["released_on"],
                    "certification": release["certification"],
                    "note": release["note"],
                }
                for release in releases
            ],
        }
        for country, releases in groupby(release_dates, key=itemgetter("country"))
    ]


def _watch(parts: Row, urls: ImageURLs) -> dict[str, Any]:
    providers = {each["id"]: _provider(each, urls) for each in parts["providers"]}
    countries = [
        {"country": row["country"], "link": row["link"] or None}
        | {offer: [providers[pk] for pk in row[offer] if pk in providers] for offer in OFFERS}
        for row in parts["watch"]
    ]
    return {"attribution": attribution.JUSTWATCH, "countries": countries}


def _provider(provider: Row, urls: ImageURLs) -> dict[str, Any]:
    logo_url = urls.url("logo", "medium", provider["logo_path"])
    return {"id": provider["id"], "name": provider["name"], "logo_url": logo_url}


def _as_read(name: str) -> Callable[[Row, ImageURLs], Any]:
    return lambda parts, _: parts[name]


# In the order of the page.
_TELL: Mapping[str, Callable[[Row, ImageURLs], Any]] = {
    "tagline": _tagline,
    "status": _as_read("status"),
    "homepage": lambda parts, _: parts["homepage"] or None,
    "budget": _as_read("budget"),
    "revenue": _as_read("revenue"),
    "synced_at": lambda parts, _: _moment(parts["synced_at"]),
    "is_removed": _as_read("is_removed"),
    "is_adult": _as_read("is_adult"),
    "attribution": lambda _, __: attribution.TMDB,
    "images": _images,
    "collection": _collection,
    "keywords": _as_read("keywords"),
    "companies": lambda parts, urls: [_company(each, urls) for each in parts["companies"]],
    "production_countries": _as_read("production_countries"),
    "spoken_languages": _as_read("spoken_languages"),
    "cast": lambda parts, urls: [_cast(credit, urls) for credit in parts["cast"]],
    "crew": lambda parts, urls: [_crew(credit, urls) for credit in parts["crew"]],
    "videos": lambda parts, _: [_video(video) for video in parts["videos"]],
    "release_dates": lambda parts, _: _releases(parts["release_dates"]),
    "watch": _watch,
    "translations": _as_read("translations"),
    "alternative_titles": _as_read("alternative_titles"),
}
