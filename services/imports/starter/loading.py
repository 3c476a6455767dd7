"""The starter set: well-known films as plain facts, the most famous first."""

from dataclasses import dataclass

from django.db import transaction

from apps.movies.models import Movie
from services.imports.genres import ensure_genres

from .films import StarterFilm, read_starter

_FACTS = ("imdb_id", "original_title", "year", "runtime", "original_language")


@dataclass(frozen=True, kw_only=True, slots=True)
class StarterReport:
    """How many films were new, known but lacking a fact, and known with all of them."""

    new: int
    filled: int
    complete: int


def has_starter_film() -> bool:
    return Movie.objects.filter(tmdb_id__in=[film.tmdb_id for film in read_starter()]).exists()


@transaction.atomic
def load_starter() -> StarterReport:
    """Add the films that are missing, and to the others the facts that they lack."""
    films = read_starter()
    wanted = [film.tmdb_id for film in films]
    known = Movie.objects.in_bulk(wanted, field_name="tmdb_id")
    # In the order of the file: films without votes are shown in the order they came in.
    Movie.objects.bulk_create(
        [_movie(film) for film in films if film.tmdb_id not in known], ignore_conflicts=True
    )
    movies = (
        Movie.objects.order_by("tmdb_id")
        .select_for_update(no_key=True)
        .prefetch_related("genres")
        .in_bulk(wanted, field_name="tmdb_id")
    )
    lacking_genres = {film.tmdb_id for film in films if not movies[film.tmdb_id].genres.all()}
    _add_genres([(movies[film.tmdb_id], film) for film in films if film.tmdb_id in lacking_genres])
    filled = 0
    for film in films:
        changed = _fill(movies[film.tmdb_id], film) or film.tmdb_id in lacking_genres
        filled += changed and film.tmdb_id in known
    return StarterReport(new=len(films) - len(known), filled=filled, complete=len(known) - filled)


def _movie(film: StarterFilm) -> Movie:
    facts = {name: getattr(film, name) for name in _FACTS}
    return Movie(tmdb_id=film.tmdb_id, title=film.title, **facts)


def _add_genres(films: list[tuple[Movie, StarterFilm]]) -> None:
    genre_ids = ensure_genres(name for _, film in films for name in film.genres)
    link = Movie.genres.through
    link.objects.bulk_create(
        link(movie=movie, genre_id=genre_ids[name]) for movie, film in films for name in film.genres
    )


def _fill(movie: Movie, film: StarterFilm) -> bool:
    lacking = [name for name in _FACTS if not getattr(movie, name)]
    for name in lacking:
        setattr(movie, name, getattr(film, name))
    if lacking:
        movie.save(update_fields=[*lacking, "updated_at"])
    return bool(lacking)
