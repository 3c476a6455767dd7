"""Events of a request that tells many at once, and which of those about the same thing counts."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    RATING = "rating"
    FAVORITE = "favorite"
    WATCH = "watch"
    WATCHLIST = "watchlist"
    NOT_INTERESTED = "not_interested"


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Reference(NamedTuple):
    """What a client calls a film, a person or a genre: the name of an id, and the id."""

    name: str
    id: int


class Subject(NamedTuple):
    """The film, the person or the genre itself, and the column that refers to it."""

    column: str
    id: int


class Event(NamedTuple):
    """`position` is its place in the request, `amount` a score or per cent of a film."""

    position: int
    kind: Kind
    reference: Reference
    amount: int
    moment: datetime | None


class Refusal(NamedTuple):
    code: str
    message: str
    field: str | None


class Became(NamedTuple):
    """What became of an event, and the row that it is in: none if it was not recorded."""

    outcome: Outcome
    row_id: int | None


class Key(NamedTuple):
    """What a viewer has one row of. Viewings of a film are told apart by their moments."""

    kind: Kind
    subject: Subject
    watched_at: datetime | None


def key_of(event: Event, subject: Subject) -> Key:
    return Key(event.kind, subject, event.moment if event.kind is Kind.WATCH else None)


def counting(keyed: Iterable[tuple[Key, Event]], *, at: datetime) -> dict[Key, Event]:
    """The event of each key that counts, as if they had come one after the other.

    That is the last, but for ratings with a moment the latest, and for viewings without one that
    which went furthest.
    """
    found: dict[Key, Event] = {}
    for key, event in keyed:
        known = found.get(key)
        if known is None or not _is_overtaken(event, by=known, at=at):
            found[key] = event
    return found


def _is_overtaken(event: Event, *, by: Event, at: datetime) -> bool:
    """A rating that names no moment is of now."""
    if event.moment is None:
        return event.kind is Kind.WATCH and event.amount < by.amount
    return event.kind is Kind.RATING and event.moment < (by.moment or at)
