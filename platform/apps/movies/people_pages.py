"""A person and the films that they are known from."""

from dataclasses import dataclass

from django.db.models import QuerySet

from .models import Credit, Movie, Person

MOST_FILMS = 100


@dataclass(frozen=True, slots=True)
class PersonPage:
    person: Person
    cast: list[Credit]
    crew: list[Credit]

    @property
    def movie_ids(self) -> set[int]:
        return {credit.movie_id for credit in (*self.cast, *self.crew)}


def read_person_page(person_id: int, *, include_adult: bool = False) -> PersonPage:
    """Raises Person.DoesNotExist."""
    person = Person.objects.get(pk=person_id)
    listed = Movie.objects.listed(include_adult=include_adult)
    credited = person.credits.filter(movie__in=listed)
    return PersonPage(person, _first(credited, is_cast=True), _first(credited, is_cast=False))


def _first(credited: QuerySet[Credit], *, is_cast: bool) -> list[Credit]:
    """Of the films with the most votes."""
    found = credited.filter(is_cast=is_cast)
    ordered = found.order_by("-movie__vote_count", "movie_id", "position")
    return list(ordered.only("movie", "person", "character", "department", "job")[:MOST_FILMS])
