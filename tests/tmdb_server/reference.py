"""Lists that TMDb gives to everybody: genres, sizes of images, names of languages and countries."""

from collections.abc import Mapping
from functools import lru_cache

import pycountry

GENRES: Mapping[int, str] = {
    28: "Action",
    12: "Adventure",
    16: "Animation",
    35: "Comedy",
    80: "Crime",
    99: "Documentary",
    18: "Drama",
    10751: "Family",
    14: "Fantasy",
    36: "History",
    27: "Horror",
    10402: "Music",
    9648: "Mystery",
    10749: "Romance",
    878: "Science Fiction",
    10770: "TV Movie",
    53: "Thriller",
    10752: "War",
    37: "Western",
}
GENRE_IDS: Mapping[str, int] = {name: identifier for identifier, name in GENRES.items()}

CONFIGURATION: Mapping[str, object] = {
    "images": {
        "base_url": "http://image.tmdb.org/t/p/",
        "secure_base_url": "https://image.tmdb.org/t/p/",
        "backdrop_sizes": ["w300", "w780", "w1280", "original"],
        "logo_sizes": ["w45", "w92", "w154", "w185", "w300", "w500", "original"],
        "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
        "profile_sizes": ["w45", "w185", "h632", "original"],
        "still_sizes": ["w92", "w185", "w300", "original"],
    },
    "change_keys": ["cast", "crew", "genres", "overview", "release_dates", "title", "videos"],
}

# Where a film can be seen, with the number that TMDb gives the service.
PROVIDERS: tuple[tuple[int, str], ...] = (
    (8, "Netflix"),
    (337, "Disney Plus"),
    (9, "Amazon Prime Video"),
    (2, "Apple TV"),
    (3, "Google Play Movies"),
    (192, "YouTube"),
)
CERTIFICATIONS: Mapping[str, tuple[str, ...]] = {
    "US": ("G", "PG", "PG-13", "R"),
    "DE": ("0", "6", "12", "16", "18"),
    "CH": ("6", "12", "16"),
    "GB": ("U", "PG", "12A", "15", "18"),
    "FR": ("TP", "12", "16"),
}


@lru_cache
def language_name(code: str) -> str:
    found = pycountry.languages.get(alpha_2=code)
    return found.name if found else code


@lru_cache
def country_name(code: str) -> str:
    found = pycountry.countries.get(alpha_2=code)
    return found.name if found else code
