"""Rows for tests, valid by default."""

from itertools import count
from typing import Any

from django.utils.text import slugify

from apps.favorites.models import Rating
from apps.movies.models import Genre, Movie
from apps.users.models import User

PASSWORD = "correct horse battery staple"
_numbers = count(1)


def make_user(**fields: Any) -> User:
    fields.setdefault("email", f"viewer{next(_numbers)}@example.com")
    return User.objects.create_user(password=fields.pop("password", PASSWORD), **fields)


def make_genre(name: str) -> Genre:
    return Genre.objects.get_or_create(name=name, defaults={"slug": slugify(name)})[0]


def make_movie(*, genres: tuple[str, ...] = (), **fields: Any) -> Movie:
    number = next(_numbers)
    fields = {"title": f"Film {number}", "tmdb_id": 1_000_000 + number, "year": 1999} | fields
    movie = Movie.objects.create(**fields)
    movie.genres.set([make_genre(name) for name in genres])
    return movie


def make_rating(**fields: Any) -> Rating:
    """A bare row: it bumps no Taste, as only an action does."""
    return Rating.objects.create(**{"score": 8} | fields)
