"""The film that stands in the OpenAPI document's examples."""

from typing import Any

GENRE: dict[str, Any] = {"id": 5, "name": "Science Fiction", "slug": "science-fiction"}

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
    "vote_average": 8.2,
    "vote_count": 15000,
    "popularity": 61.5,
}
