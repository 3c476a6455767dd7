from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from apps.movies import attribution, images
from apps.movies.fragments import Fragment
from apps.movies.people_pages import PersonPage
from apps.movies.states import States

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


_SHOWN = frozenset(CreditedFilmOutput().fields)


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


def person_data(
    page: PersonPage, films: Mapping[int, Fragment], *, states: States
) -> dict[str, Any]:
    """Without films that were gone when `films` were read."""
    person = page.person
    cards = {
        pk: film.data(states[pk] if states else None, chosen=_SHOWN) for pk, film in films.items()
    }
    return {
        "id": person.pk,
        "name": person.name,
        "original_name": person.original_name,
        "known_for_department": person.known_for_department,
        "profile": images.known.get().named("profile", person.profile_path),
        "cast": [
            {"movie": cards[credit.movie_id], "character": credit.character}
            for credit in page.cast
            if credit.movie_id in cards
        ],
        "crew": [
            {
                "movie": cards[credit.movie_id],
                "department": credit.department,
                "job": credit.job,
            }
            for credit in page.crew
            if credit.movie_id in cards
        ],
        "attribution": attribution.TMDB,
    }
