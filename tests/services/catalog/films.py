"""A film as TMDb's details tell it, with every block."""

from datetime import date
from typing import Any

from services.catalog.storing import Answers, FetchedFilm, Stored, store_answers
from services.tmdb.payloads.movies import MovieDetailsPayload, MoviePayload, parse_movie
from services.tmdb.payloads.pages import parse_movies

from .conftest import NOON

FILM_ID = 348
NETFLIX, APPLE, CANAL = 8, 2, 381


def person(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Person {number}",
        "original_name": f"Personne {number}",
        "known_for_department": "Acting",
        "gender": 1,
        "profile_path": f"/p{number}.jpg",
        "popularity": 1.5,
        "adult": False,
    } | fields


def cast(number: int, *, order: int, **fields: Any) -> dict[str, Any]:
    told = {"credit_id": f"cast{number}", "character": f"Part {number}", "order": order}
    return person(number) | told | fields


def crew(number: int, **fields: Any) -> dict[str, Any]:
    told = {"credit_id": f"crew{number}", "department": "Directing", "job": "Director"}
    return person(number) | told | fields


def provider(number: int, name: str, priority: int) -> dict[str, Any]:
    return {
        "provider_id": number,
        "provider_name": name,
        "logo_path": f"/l{number}.jpg",
        "display_priority": priority,
    }


FACTS: dict[str, Any] = {
    "id": FILM_ID,
    "title": "Alien",
    "original_title": "Alien, the original",
    "original_language": "en",
    "release_date": "1979-05-25",
    "overview": "A crew answers a call.",
    "poster_path": "/poster.jpg",
    "backdrop_path": "/backdrop.jpg",
    "adult": False,
    "video": False,
    "runtime": 117,
    "status": "Released",
    "tagline": "In space",
    "homepage": "https://example.com/alien",
    "imdb_id": "tt0078748",
    "budget": 11_000_000,
    "revenue": 104_931_801,
    "vote_average": 8.2,
    "vote_count": 15_000,
    "popularity": 41.5,
    "origin_country": ["US", "GB"],
    "genres": [{"id": 27, "name": "Horror"}, {"id": 878, "name": "Science Fiction"}],
    "belongs_to_collection": {
        "id": 8091,
        "name": "Alien Collection",
        "poster_path": "/cp.jpg",
        "backdrop_path": "/cb.jpg",
    },
    "production_companies": [
        {"id": 19747, "name": "Brandywine", "logo_path": "/b.png", "origin_country": "GB"}
    ],
    "production_countries": [{"iso_3166_1": "US", "name": "United States of America"}],
    "spoken_languages": [{"iso_639_1": "es", "name": "Español", "english_name": "Spanish"}],
}
BLOCKS: dict[str, Any] = {
    "keywords": {"keywords": [{"id": 803, "name": "android"}, {"id": 9951, "name": "alien"}]},
    "credits": {
        # As TMDb has them: with gaps, and not in their order.
        "cast": [cast(2, order=7), cast(1, order=0)],
        "crew": [crew(3), crew(1, job="Writer", department="Writing")],
    },
    "videos": {
        "results": [
            {
                "id": "v1",
                "site": "YouTube",
                "key": "LjLamj-b0I8",
                "name": "Trailer",
                "type": "Trailer",
                "official": True,
                "published_at": "2014-03-17T12:00:00.000Z",
                "size": 1080,
                "iso_639_1": "en",
                "iso_3166_1": "US",
            }
        ]
    },
    "release_dates": {
        "results": [
            {
                "iso_3166_1": "DE",
                "release_dates": [
                    {
                        "certification": "16",
                        "type": 3,
                        "release_date": "1979-10-25T00:00:00.000Z",
                        "note": "Premiere in Berlin",
                        "iso_639_1": "de",
                    }
                ],
            }
        ]
    },
    "watch/providers": {
        "results": {
            "DE": {
                "link": "https://www.themoviedb.org/movie/348/watch?locale=DE",
                "flatrate": [provider(NETFLIX, "Netflix", 3), provider(CANAL, "Canal+", 9)],
                "buy": [provider(APPLE, "Apple TV", 4)],
            },
            "FR": {
                "link": "https://www.themoviedb.org/movie/348/watch?locale=FR",
                "rent": [provider(APPLE, "Apple TV", 2)],
            },
        }
    },
    "translations": {
        "translations": [
            {
                "iso_639_1": "de",
                "iso_3166_1": "DE",
                "data": {
                    "title": "Alien: Das unheimliche Wesen",
                    "overview": "Eine Besatzung.",
                    "tagline": "Im Weltraum",
                    "homepage": "https://example.com/de",
                    "runtime": 116,
                },
            }
        ]
    },
    "alternative_titles": {
        "titles": [{"iso_3166_1": "FR", "title": "Le 8e passager", "type": "working title"}]
    },
    "images": {
        "posters": [
            {"iso_639_1": "de", "file_path": "/de2.jpg", "vote_average": 5.1, "vote_count": 9},
            {"iso_639_1": "de", "file_path": "/de1.jpg", "vote_average": 5.3, "vote_count": 2},
            {"iso_639_1": None, "file_path": "/none.jpg", "vote_average": 0, "vote_count": 0},
        ]
    },
    "recommendations": {"results": [{"id": 679, "media_type": "movie"}, {"id": 8077}]},
    "similar": {"results": [{"id": 126889}]},
}


def details(**fields: Any) -> MovieDetailsPayload:
    """The film of FACTS, with all BLOCKS; `watch` is the block of providers."""
    if "watch" in fields:
        fields["watch/providers"] = fields.pop("watch")
    return parse_movie(FACTS | BLOCKS | fields).value


def bare_details(**fields: Any) -> MovieDetailsPayload:
    """As TMDb answers without appended blocks."""
    return parse_movie(FACTS | fields).value


def row(**fields: Any) -> MoviePayload:
    """The film in a list."""
    told = {name: FACTS[name] for name in LISTED} | {"genre_ids": [27, 878]} | fields
    return parse_movies({"page": 1, "total_pages": 1, "results": [told]}).value.results[0]


LISTED = (
    *("id", "title", "original_title", "original_language", "release_date", "overview"),
    *("poster_path", "backdrop_path", "adult", "video"),
    *("vote_average", "vote_count", "popularity"),
)
RELEASED_ON = date(1979, 5, 25)


def store(*films: MovieDetailsPayload, etag: str = "", at: Any = NOON) -> Stored:
    return store_answers(Answers(fetched=[FetchedFilm(film, etag) for film in films]), at=at)
