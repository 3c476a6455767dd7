"""The catalogue's plain facts as input of the content model."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from apps.movies.models import Movie
from services.recommender.content_profile import ContentProfileSettings, fit_content_profile
from services.recommender.item_model import ItemModel

from .loading import Ratings

# The content model compares every film with every other; the most popular ones take part.
MAX_MOVIES = 20_000
_YEARS_PER_DECADE = 10


def fit_content_model(ratings: Ratings) -> ItemModel:
    """A model for a platform with too few ratings to learn from."""
    movies = _read_movies()
    genres = _read_genres(movie_id for movie_id, *_ in movies)
    counts = _count(ratings)
    return fit_content_profile(
        [movie_id for movie_id, *_ in movies],
        [_features(genres[movie_id], year, language) for movie_id, year, language, _ in movies],
        popularity=[np.log1p(votes + counts[movie_id]) for movie_id, _, _, votes in movies],
        settings=ContentProfileSettings(),
    )


def _read_movies() -> list[tuple[int, int | None, str, int]]:
    movies = Movie.objects.listed().by_popularity()
    columns = ("pk", "year", "original_language", "vote_count")
    return list(movies.values_list(*columns)[:MAX_MOVIES])


def _read_genres(movie_ids: Iterable[int]) -> dict[int, list[str]]:
    links = Movie.genres.through.objects.filter(movie_id__in=list(movie_ids))
    genres: dict[int, list[str]] = defaultdict(list)
    for movie_id, slug in links.values_list("movie_id", "genre__slug"):
        genres[movie_id].append(slug)
    return genres


def _count(ratings: Ratings) -> dict[int, int]:
    movie_ids, counts = np.unique(ratings.movie_ids, return_counts=True)
    return defaultdict(int, zip(movie_ids.tolist(), counts.tolist(), strict=True))


def _features(genres: list[str], year: int | None, language: str) -> list[str]:
    features = [f"genre:{slug}" for slug in genres]
    if year:
        features.append(f"decade:{year // _YEARS_PER_DECADE * _YEARS_PER_DECADE}")
    if language:
        features.append(f"language:{language}")
    return features
