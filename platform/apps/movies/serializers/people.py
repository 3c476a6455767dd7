from typing import Any

from rest_framework import serializers

from apps.movies import attribution, images
from apps.movies.images import ImageURLs
from apps.movies.models import Movie
from apps.movies.people_pages import PersonPage
from apps.movies.states import States

from .cards import me_data
from .film_pages import NamedImageOutput
from .films import ME, MovieStateOutput


class CreditedFilmOutput(serializers.Serializer[Any]):
    """A film in short; `movies/{id}/` tells the rest."""

    id = serializers.IntegerField()
    tmdb_id = serializers.IntegerField(allow_null=True)
    title = serializers.CharField()
    release_date = serializers.DateField(allow_null=True)
    year = serializers.IntegerField(allow_null=True)
    poster_url = serializers.URLField(allow_null=True)
    vote_average = serializers.FloatField(allow_null=True)
    vote_count = serializers.IntegerField()
    me = MovieStateOutput(allow_null=True, help_text=ME)


class PartOutput(serializers.Serializer[Any]):
    movie = CreditedFilmOutput()
    character = serializers.CharField()


class JobOutput(serializers.Serializer[Any]):
    movie = CreditedFilmOutput()
    department = serializers.CharField()
    job = serializers.CharField()


class PersonOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="TMDb's.")
    name = serializers.CharField()
    original_name = serializers.CharField()
    known_for_department = serializers.CharField()
    profile = NamedImageOutput(allow_null=True)
    cast = PartOutput(many=True, help_text="At most 100, of the films with the most votes.")
    crew = JobOutput(many=True, help_text="At most 100, of the films with the most votes.")
    attribution = serializers.CharField(help_text="To be shown with the data.")


def person_data(page: PersonPage, *, states: States) -> dict[str, Any]:
    person, urls = page.person, images.known.get()
    return {
        "id": person.pk,
        "name": person.name,
        "original_name": person.original_name,
        "known_for_department": person.known_for_department,
        "profile": urls.named("profile", person.profile_path),
        "cast": [
            {"movie": _film(credit.movie, urls, states), "character": credit.character}
            for credit in page.cast
        ],
        "crew": [
            {
                "movie": _film(credit.movie, urls, states),
                "department": credit.department,
                "job": credit.job,
            }
            for credit in page.crew
        ],
        "attribution": attribution.TMDB,
    }


def _film(movie: Movie, urls: ImageURLs, states: States) -> dict[str, Any]:
    return {
        "id": movie.pk,
        "tmdb_id": movie.tmdb_id,
        "title": movie.title,
        "release_date": movie.release_date,
        "year": movie.year,
        "poster_url": urls.url("poster", "large", movie.poster_path),
        "vote_average": movie.vote_average,
        "vote_count": movie.vote_count,
        "me": me_data(states[movie.pk] if states else None),
    }
