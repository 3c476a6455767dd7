"""Whose films, and those of which genres, a viewer does not want to be shown."""

from dataclasses import dataclass

from apps.users.models import User

from .models import NotInterested


@dataclass(frozen=True, kw_only=True, slots=True)
class Hidden:
    person_ids: frozenset[int] = frozenset()
    genre_ids: frozenset[int] = frozenset()


def read_hidden(user: User) -> Hidden:
    """In one query. The films that the viewer hid one by one are not among it."""
    rows = NotInterested.objects.for_user(user).filter(movie=None)
    subjects = list(rows.values_list("person_id", "genre_id"))
    return Hidden(
        person_ids=frozenset(filter(None, (person_id for person_id, _ in subjects))),
        genre_ids=frozenset(filter(None, (genre_id for _, genre_id in subjects))),
    )
