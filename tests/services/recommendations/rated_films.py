"""Viewers who rated at random, for trainings of the local ridge."""

import random

from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie
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
