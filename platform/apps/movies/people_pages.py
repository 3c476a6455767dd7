"""A person and the films that they are known from."""

from dataclasses import dataclass

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


def read_person_page(person_id: int) -> PersonPage:
    """Raises Person.DoesNotExist."""
    person = Person.objects.get(pk=person_id)
    return PersonPage(person, _credits(person, is_cast=True), _credits(person, is_cast=False))


def _credits(person: Person, *, is_cast: bool) -> list[Credit]:
    """Of the films with the most votes; those that lists hide are left out."""
    found = person.credits.filter(is_cast=is_cast, movie__in=Movie.objects.listed())
    ordered = found.order_by("-movie__vote_count", "movie_id", "position")
    return list(ordered.only("movie", "person", "character", "department", "job")[:MOST_FILMS])
