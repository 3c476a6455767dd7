"""What a viewer's library should hold, in plain Python: what the property tests compare with."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# Stands for the moment of the write itself, which is after every moment that tests tell.
NOW = datetime.max.replace(tzinfo=UTC)
WATCHED = 80
MARKS = ("favorites", "watchlist")


@dataclass(frozen=True, slots=True)
class Film:
    id: int
    tmdb_id: int
    genre_ids: frozenset[int]
    person_ids: frozenset[int]


@dataclass(slots=True)
class Rating:
    id: int
    score: int
    # None where nobody knows it.
    rated_at: datetime | None


@dataclass(slots=True)
class Viewing:
    movie_id: int
    watched_at: datetime | None
    progress: int


@dataclass(slots=True)
class Event:
    """One of a bulk request; `name` and `subject` say what it is about, as in the request."""

    kind: str
    name: str
    subject: int
    amount: int = 100
    moment: datetime | None = None

    @property
    def key(self) -> tuple[object, ...]:
        return (self.kind, self.name, self.subject, self.moment if self.kind == "watch" else None)


@dataclass
class Library:
    """The ids of rows are the database's: each is told when its row is new."""

    revision: int = 0
    is_private: bool = False
    ratings: dict[int, Rating] = field(default_factory=dict)
    marks: dict[str, dict[int, int]] = field(default_factory=lambda: {name: {} for name in MARKS})
    viewings: dict[int, Viewing] = field(default_factory=dict)
    # By kind and id of what is hidden.
    hidden: dict[tuple[str, int], int] = field(default_factory=dict)

    def rows(self, path: str) -> list[int]:
        """The ids of all rows of a list, in the order of their ids."""
        if path == "ratings":
            return sorted(rating.id for rating in self.ratings.values())
        if path == "watch-history":
            return sorted(self.viewings)
        return sorted(
            self.hidden.values() if path == "not-interested" else self.marks[path].values()
        )

    def rate(self, movie_id: int, score: int, *, row_id: int) -> None:
        self.ratings[movie_id] = Rating(row_id, score, NOW)

    def rated(self, row_id: int) -> int:
        """The film of a rating."""
        return next(film for film, rating in self.ratings.items() if rating.id == row_id)

    def viewing_at(self, movie_id: int, moment: datetime | None) -> int | None:
        """The viewing of the film at the moment; of those without one, which went furthest."""
        return min(
            (
                row_id
                for row_id, each in self.viewings.items()
                if (each.movie_id, each.watched_at) == (movie_id, moment)
            ),
            key=lambda row_id: (-self.viewings[row_id].progress, row_id),
            default=None,
        )

    def delete(self, path: str, row_id: int) -> None:
        if path == "watch-history":
            del self.viewings[row_id]
        elif path == "ratings":
            del self.ratings[self.rated(row_id)]
        else:
            rows: dict[Any, int] = self.hidden if path == "not-interested" else self.marks[path]
            del rows[next(key for key, each in rows.items() if each == row_id)]

    def watched(self, movie_id: int) -> bool:
        return any(
            each.movie_id == movie_id and each.progress >= WATCHED
            for each in self.viewings.values()
        )

    def me(self, movie_id: int) -> dict[str, Any]:
        """The state that answers show with the film."""
        rating = self.ratings.get(movie_id)
        return {
            "favorite": movie_id in self.marks["favorites"],
            "rating": rating and rating.score,
            "watched": self.watched(movie_id),
            "watchlisted": movie_id in self.marks["watchlist"],
            "hidden": ("movie", movie_id) in self.hidden,
        }

    def state(self, movie_id: int) -> dict[str, Any]:
        """The state with the ids of the rows that say so."""
        rating = self.ratings.get(movie_id)
        return {
            "movie_id": movie_id,
            **self.me(movie_id),
            "favorite_id": self.marks["favorites"].get(movie_id),
            "rating_id": rating and rating.id,
            "watchlist_id": self.marks["watchlist"].get(movie_id),
            "not_interested_id": self.hidden.get(("movie", movie_id)),
        }

    def wants(self, film: Film) -> bool:
        """Whether recommendations may show the film."""
        subjects = {
            ("movie", film.id),
            *(("genre", genre_id) for genre_id in film.genre_ids),
            *(("person", person_id) for person_id in film.person_ids),
        }
        seen = (
            film.id in self.ratings or film.id in self.marks["favorites"] or self.watched(film.id)
        )
        return not seen and not subjects & self.hidden.keys()

    def expected(self, events: list[Event]) -> list[str]:
        """What becomes of each event of a bulk request; nothing is changed yet."""
        counting: dict[tuple[object, ...], int] = {}
        for index, event in enumerate(events):
            known = counting.get(event.key)
            if known is None or not _is_older(event, events[known]):
                counting[event.key] = index
        return [
            self._outcome(event) if counting[event.key] == index else "unchanged"
            for index, event in enumerate(events)
        ]

    def _outcome(self, event: Event) -> str:
        if event.kind == "rating":
            return self._rating_outcome(event)
        if event.kind == "watch":
            return self._viewing_outcome(event)
        return "unchanged" if self.row_of(event) else "created"

    def _rating_outcome(self, event: Event) -> str:
        stored = self.ratings.get(event.subject)
        if stored is None:
            return "created"
        if event.moment is None:
            return "unchanged" if event.amount == stored.score else "changed"
        if stored.rated_at is None:
            return "changed"
        is_same = (event.amount, event.moment) == (stored.score, stored.rated_at)
        return "unchanged" if is_same or event.moment < stored.rated_at else "changed"

    def _viewing_outcome(self, event: Event) -> str:
        if self.is_private:
            return "unchanged"
        row_id = self.viewing_at(event.subject, event.moment)
        if row_id is None:
            return "created"
        progress = self.viewings[row_id].progress
        is_new = event.amount > progress if event.moment is None else event.amount != progress
        return "changed" if is_new else "unchanged"

    def row_of(self, event: Event) -> int | None:
        """The row that an event is in; none where there is none, or it is not recorded."""
        if event.kind == "rating":
            stored = self.ratings.get(event.subject)
            return stored and stored.id
        if event.kind == "watch":
            return None if self.is_private else self.viewing_at(event.subject, event.moment)
        if event.kind == "not_interested":
            return self.hidden.get((event.name, event.subject))
        return self.marks[_path(event)].get(event.subject)

    def apply(self, event: Event, *, row_id: int) -> None:
        """Take over an event that was created or changed."""
        if event.kind == "rating":
            self.ratings[event.subject] = Rating(row_id, event.amount, event.moment or NOW)
        elif event.kind == "watch":
            self.viewings[row_id] = Viewing(event.subject, event.moment, event.amount)
        elif event.kind == "not_interested":
            self.hidden[event.name, event.subject] = row_id
        else:
            self.marks[_path(event)][event.subject] = row_id


def _path(event: Event) -> str:
    return {"favorite": "favorites", "watchlist": "watchlist"}[event.kind]


def _is_older(event: Event, known: Event) -> bool:
    """Whether one that was told before it says more: a later rating, or more of a film."""
    if event.kind == "watch":
        return event.moment is None and event.amount < known.amount
    if event.kind != "rating" or event.moment is None:
        return False
    return event.moment < (known.moment or NOW)
