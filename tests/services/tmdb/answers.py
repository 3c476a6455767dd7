"""Sound answers, of which tests make broken ones."""

import copy
from typing import Any

PERSON = {
    "adult": False,
    "gender": 2,
    "id": 819,
    "known_for_department": "Acting",
    "name": "Edward Norton",
    "original_name": "Edward Norton",
    "popularity": 7.861,
    "profile_path": "/5XBzD5WuTyVQZeS4nbcA3Yoimg.jpg",
}
CAST = {**PERSON, "cast_id": 4, "character": "The Narrator", "credit_id": "52fe42", "order": 0}
CREW = {
    **PERSON,
    "id": 7467,
    "name": "David Fincher",
    "credit_id": "52fe43",
    "department": "Directing",
    "job": "Director",
}
VIDEO = {
    "id": "533ec654",
    "iso_639_1": "en",
    "iso_3166_1": "US",
    "key": "SUXWAEX2jlg",
    "name": "Trailer",
    "site": "YouTube",
    "size": 1080,
    "type": "Trailer",
    "official": True,
    "published_at": "2014-10-02T19:20:22.000Z",
}
RELEASE = {
    "certification": "R18+",
    "descriptors": [],
    "iso_639_1": "",
    "note": "Festival",
    "release_date": "1999-11-11T00:00:00.000Z",
    "type": 3,
}
PROVIDER = {
    "display_priority": 4,
    "logo_path": "/t2yyOv40HZeVlLjYsCsPHnWLk4W.jpg",
    "provider_id": 8,
    "provider_name": "Netflix",
}
TRANSLATION = {
    "iso_3166_1": "DE",
    "iso_639_1": "de",
    "name": "Deutsch",
    "english_name": "German",
    "data": {
        "homepage": "https://example.org/de",
        "overview": "Ein Mann, der nicht schläft.",
        "runtime": 139,
        "tagline": "Unfug.",
        "title": "Kampfklub",
    },
}
POSTER = {
    "aspect_ratio": 0.667,
    "height": 3000,
    "iso_639_1": "en",
    "file_path": "/pB8BM7pdSp6B6Ih7QZ4DrQ3PmJK.jpg",
    "vote_average": 5.548,
    "vote_count": 43,
    "width": 2000,
}
ROW = {
    "adult": False,
    "backdrop_path": "/rr7E0NoGKxvbkb89eR1GwfoYjpA.jpg",
    "genre_ids": [18, 53],
    "id": 550,
    "original_language": "en",
    "original_title": "Fight Club",
    "overview": "An insomniac.",
    "popularity": 73.4,
    "poster_path": "/pB8BM7pdSp6B6Ih7QZ4DrQ3PmJK.jpg",
    "release_date": "1999-10-15",
    "title": "Fight Club",
    "video": False,
    "vote_average": 8.4,
    "vote_count": 26280,
}
DETAILS = {
    **{name: value for name, value in ROW.items() if name != "genre_ids"},
    "belongs_to_collection": {
        "id": 10,
        "name": "Club Collection",
        "poster_path": "/aaa.jpg",
        "backdrop_path": None,
    },
    "budget": 63000000,
    "genres": [{"id": 18, "name": "Drama"}],
    "homepage": "http://www.foxmovies.com/movies/fight-club",
    "imdb_id": "tt0137523",
    "origin_country": ["US"],
    "production_companies": [
        {"id": 508, "logo_path": "/7Pz.png", "name": "Regency", "origin_country": "US"}
    ],
    "production_countries": [{"iso_3166_1": "DE", "name": "Germany"}],
    "revenue": 100853753,
    "runtime": 139,
    "spoken_languages": [{"english_name": "English", "iso_639_1": "en", "name": "English"}],
    "status": "Released",
    "tagline": "Mischief.",
    "credits": {"cast": [CAST], "crew": [CREW]},
    "keywords": {"keywords": [{"id": 818, "name": "based on novel"}]},
    "videos": {"results": [VIDEO]},
    "release_dates": {"results": [{"iso_3166_1": "AU", "release_dates": [RELEASE]}]},
    "watch/providers": {
        "results": {"AE": {"link": "https://www.themoviedb.org/movie/550", "flatrate": [PROVIDER]}}
    },
    "translations": {"translations": [TRANSLATION]},
    "alternative_titles": {"titles": [{"iso_3166_1": "RS", "title": "Borilački klub", "type": ""}]},
    "images": {"backdrops": [], "logos": [], "posters": [POSTER]},
    "recommendations": {"page": 1, "results": [{**ROW, "id": 680, "media_type": "movie"}]},
    "similar": {"page": 1, "results": [{**ROW, "id": 903}]},
}
PAGE = {"page": 1, "total_pages": 500, "total_results": 10000, "results": [ROW]}
CHANGES = {
    "page": 1,
    "total_pages": 76,
    "results": [{"id": 5, "adult": False}, {"id": 7, "adult": None}],
}
FOUND = {"movie_results": [ROW], "person_results": [], "tv_results": []}
GENRES = {"genres": [{"id": 18, "name": "Drama"}, {"id": 53, "name": "Thriller"}]}
CONFIGURATION = {
    "change_keys": ["adult"],
    "images": {
        "base_url": "http://image.tmdb.org/t/p/",
        "secure_base_url": "https://image.tmdb.org/t/p/",
        "backdrop_sizes": ["w300", "original"],
        "logo_sizes": ["w45"],
        "poster_sizes": ["w92", "w500"],
        "profile_sizes": ["w45", "h632"],
        "still_sizes": ["w92"],
    },
}


def details(**changes: object) -> dict[str, Any]:
    return {**copy.deepcopy(DETAILS), **changes}


def row(**changes: object) -> dict[str, Any]:
    return {**copy.deepcopy(ROW), **changes}
