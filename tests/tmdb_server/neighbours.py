"""Which titles stand beside a title: those of its first genre, by popularity."""

from collections.abc import Iterable
from typing import NamedTuple

from tests.tmdb_server import invented

EACH = 20
NO_GENRE = 0


class Place(NamedTuple):
    genre: int
    position: int


class Neighbours:
    """Fixed when the server starts, so that an edit of one title leaves the others as they are."""

    def __init__(self, titles: Iterable[tuple[int, float, tuple[int, ...]]]) -> None:
        """Of id, popularity and genres."""
        self._by_genre: dict[int, list[int]] = {}
        self._places: dict[int, Place] = {}
        for identifier, _, genre_ids in sorted(titles, key=lambda title: (-title[1], title[0])):
            genre = genre_ids[0] if genre_ids else NO_GENRE
            members = self._by_genre.setdefault(genre, [])
            self._places[identifier] = Place(genre, len(members))
            members.append(identifier)
        self._all = list(self._places)

    def of(self, identifier: int, *, skip: int = 0) -> list[int]:
        """The next twenty of the circle, after `skip` others; a stranger gets a place in it."""
        place = self._places.get(identifier)
        if place is None:
            guest = self._all[invented.below(len(self._all), "neighbours", identifier)]
            place = self._places[guest]
        members = self._by_genre[place.genre]
        count = min(EACH, len(members) - 1)
        first = place.position + 1 + skip
        found = [members[(first + step) % len(members)] for step in range(count)]
        return [other for other in found if other != identifier]
