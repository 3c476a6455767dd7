"""Viewers who rated at random, for trainings of the local ridge."""

import random

import numpy as np

from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie
from services.recommendations.loading import read_favorites, read_ratings
from services.recommender.interactions import Interactions
from services.recommender.weights import HIGHEST_SCORE, train_weights
from tests.factories import make_movie, make_user


def rate_at_random(*, users: int, films: int, each: int) -> list[Movie]:
    """Every viewer rates `each` of the films; the last one favours the first film as well."""
    rng = random.Random(3)
    movies = [make_movie() for _ in range(films)]
    for user in [make_user(password=None) for _ in range(users)]:
        Rating.objects.bulk_create(
            Rating(user=user, movie=film, score=rng.randint(1, 10))
            for film in rng.sample(movies, each)
        )
    Favorite.objects.create(user=user, movie=movies[0])
    return movies


def read_interactions() -> Interactions:
    """What there is to learn from, in one go; a favourite counts as a score of 10."""
    ratings, favorites = read_ratings(), read_favorites()
    best = np.full(favorites.user_ids.size, HIGHEST_SCORE)
    return Interactions.from_events(
        user_ids=np.concatenate([ratings.user_ids, favorites.user_ids]),
        item_ids=np.concatenate([ratings.movie_ids, favorites.movie_ids]),
        weights=train_weights(np.concatenate([ratings.scores, best])),
    )
