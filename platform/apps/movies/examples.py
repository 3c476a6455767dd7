"""The film that stands in the OpenAPI document's examples, and what surrounds it."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from . import attribution
from .images import DEFAULT_BASE_URL


def _example(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=["200"])


GENRE: dict[str, Any] = {"id": 5, "name": "Science Fiction", "slug": "science-fiction"}

ME: dict[str, Any] = {
    "favorite": False,
    "rating": None,
    "watched": False,
    "watchlisted": True,
    "hidden": False,
}

MOVIE: dict[str, Any] = {
    "id": 42,
    "tmdb_id": 348,
    "imdb_id": "tt0078748",
    "title": "Alien",
    "original_title": "Alien",
    "release_date": "1979-05-25",
    "year": 1979,
    "genres": [{"id": 3, "name": "Horror", "slug": "horror"}, GENRE],
    "runtime": 117,
    "original_language": "en",
    "overview": "",
    "poster_url": None,
    "backdrop_url": None,
    "certification": {"country": "US", "certification": "R"},
    "vote_average": 8.2,
    "vote_count": 15000,
    "popularity": 61.5,
    "me": ME,
}


def movie_with(**state: Any) -> dict[str, Any]:
    """The film as a viewer sees it who did no more with it than this."""
    return MOVIE | {"me": dict.fromkeys(ME, False) | {"rating": None} | state}


_PROVIDER = {"id": 337, "name": "Disney Plus", "logo_url": None}
_DIRECTOR = {"id": 578, "name": "Ridley Scott", "profile_url": None}
_LEAD = {"id": 10205, "name": "Sigourney Weaver", "profile_url": None}

FILM = _example("film", MOVIE)
_MATCH = {"field": "title", "parts": [{"text": "Alien", "is_match": True}]}
SEARCH = _example(
    "corrected",
    {
        "corrected_query": "alien",
        "next": None,
        "previous": None,
        "results": [MOVIE | {"match": _MATCH}],
    },
)
SUGGESTIONS = _example(
    "suggestions",
    {
        "corrected_query": None,
        "results": [
            {name: MOVIE[name] for name in ("id", "tmdb_id", "title", "year", "poster_url")}
            | {"match": _MATCH}
        ],
    },
)
FACETS = _example(
    "facets",
    {
        "counted": 412,
        "is_complete": True,
        "genres": [GENRE | {"count": 412}],
        "decades": [{"decade": 1970, "count": 97}],
        "languages": [{"language": "en", "count": 365}],
        "countries": [{"country": "US", "count": 301}],
    },
)
GENRE_LISTED = _example("genre", GENRE)
FILM_PAGE = _example(
    "film",
    MOVIE
    | {
        "tagline": "",
        "status": "Released",
        "homepage": None,
        "budget": 11_000_000,
        "revenue": None,
        "images": {
            "poster": {
                "small": f"{DEFAULT_BASE_URL}/w185/poster.jpg",
                "medium": f"{DEFAULT_BASE_URL}/w342/poster.jpg",
                "large": f"{DEFAULT_BASE_URL}/w500/poster.jpg",
                "original": f"{DEFAULT_BASE_URL}/original/poster.jpg",
            },
            "backdrop": None,
        },
        "collection": {"id": 8091, "name": "Alien Collection", "poster_url": None},
        "keywords": [{"id": 9882, "name": "space"}],
        "companies": [
            {"id": 25, "name": "20th Century Fox", "logo_url": None, "origin_country": "US"}
        ],
        "production_countries": [{"code": "GB", "name": "United Kingdom"}],
        "spoken_languages": [{"code": "en", "name": "English"}],
        "cast": [{"person": _LEAD, "character": "Ripley", "position": 0}],
        "crew": [{"person": _DIRECTOR, "department": "Directing", "job": "Director"}],
        "videos": [
            {
                "site": "YouTube",
                "key": "abc123",
                "name": "Trailer",
                "type": "Trailer",
                "official": True,
                "language": "en",
                "published_at": "2014-05-02T18:00:00Z",
                "url": "https://www.youtube.com/watch?v=abc123",
            }
        ],
        "release_dates": [
            {
                "country": "GB",
                "releases": [
                    {
                        "type": "theatrical",
                        "released_on": "1979-09-06",
                        "certification": "X",
                        "note": "",
                    }
                ],
            }
        ],
        "watch": {
            "attribution": attribution.JUSTWATCH,
            "countries": [
                {
                    "country": "CH",
                    "link": "https://www.themoviedb.org/movie/348/watch?locale=CH",
                    "flatrate": [_PROVIDER],
                    "free": [],
                    "ads": [],
                    "rent": [],
                    "buy": [],
                }
            ],
        },
        "translations": [
            {
                "language": "fr",
                "country": "FR",
                "title": "Alien, le huitième passager",
                "overview": "",
                "tagline": "",
            }
        ],
        "alternative_titles": [{"country": "AR", "title": "Alien: el octavo pasajero", "type": ""}],
        "synced_at": "2026-11-22T03:10:00Z",
        "is_removed": False,
        "is_adult": False,
        "attribution": attribution.TMDB,
    },
)
RANKING = _example(
    "page",
    {
        "source": "tmdb",
        "fetched_at": "2026-11-22T03:00:00Z",
        "next": None,
        "previous": None,
        "results": [MOVIE],
    },
)
PERSON_PAGE = _example(
    "person",
    {
        "id": 10205,
        "name": "Sigourney Weaver",
        "original_name": "Sigourney Weaver",
        "known_for_department": "Acting",
        "profile": None,
        "cast": [
            {
                "movie": {
                    "id": 42,
                    "tmdb_id": 348,
                    "title": "Alien",
                    "release_date": "1979-05-25",
                    "year": 1979,
                    "poster_url": None,
                    "vote_average": 8.2,
                    "vote_count": 15000,
                    "me": ME,
                },
                "character": "Ripley",
            }
        ],
        "crew": [],
        "attribution": attribution.TMDB,
    },
)
