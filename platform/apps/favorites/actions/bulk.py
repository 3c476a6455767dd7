"""Many events of one viewer as one write: one lock, one count, one fact that is announced."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.core.errors import ErrorCode
from apps.core.events import announce
from apps.favorites import signals
from apps.favorites.refusals import NO_SUCH_GENRE
from apps.users.models import User

from . import bulk_sql
from .bulk_events import (
    Became,
    Event,
    Key,
    Kind,
    Outcome,
    Reference,
    Refusal,
    Subject,
    counting,
    key_of,
)
from .tastes import bump_taste

_LARGEST_ID = 2**63 - 1
_NO_MOVIE = (ErrorCode.MOVIE_NOT_FOUND.value, ErrorCode.MOVIE_NOT_FOUND.message)
_UNKNOWN = {
    "movie_id": Refusal(*_NO_MOVIE, "movie_id"),
    "tmdb_id": Refusal(*_NO_MOVIE, "tmdb_id"),
    "person_id": Refusal(
        ErrorCode.PERSON_NOT_FOUND.value, ErrorCode.PERSON_NOT_FOUND.message, "person_id"
    ),
    "genre_id": Refusal(ErrorCode.NOT_FOUND.value, NO_SUCH_GENRE, "genre_id"),
}


class EventsRefusedError(Exception):
    """Some events cannot be written, so none was. Trying again heals nothing."""

    def __init__(self, refusals: Mapping[int, Refusal]) -> None:
        super().__init__(f"{len(refusals)} events refused")
        self.refusals = refusals


@dataclass(frozen=True, kw_only=True, slots=True)
class EventsSaved:
    """By the events' positions: what became of them, and why the others were refused."""

    revision: int
    became: Mapping[int, Became]
    refusals: Mapping[int, Refusal]


@transaction.atomic
def save_events(
    *,
    user: User,
    events: Sequence[Event],
    refusals: Mapping[int, Refusal],
    skip: bool,
    at: datetime,
) -> EventsSaved:
    """Write the events that were not refused when they were read; with `skip` past all refused.

    In a private session viewings are not kept.

    Raises:
        EventsRefusedError: without `skip`, if any was refused or is of what does not exist.
    """
    revision = bump_taste(user_id=user.pk, at=at)
    subjects = _find_subjects(events)
    refusals = {**refusals, **_unknown(events, subjects)}
    if refusals and not skip:
        raise EventsRefusedError(refusals)
    became = _save(_keyed(events, subjects), user=user, at=at)
    if all(each.outcome is Outcome.UNCHANGED for each in became.values()):
        # The count is taken back, too: there is nothing new that a list would have to see.
        transaction.set_rollback(True)
        revision -= 1
    else:
        announce(signals.events_saved, user_id=user.pk, revision=revision)
    return EventsSaved(revision=revision, became=became, refusals=refusals)


def _find_subjects(events: Sequence[Event]) -> dict[Reference, Subject]:
    """What the references name, as far as it exists. All films are found by one query."""
    asked: dict[str, set[int]] = defaultdict(set)
    for event in events:
        name, row_id = event.reference
        if 0 < row_id <= _LARGEST_ID:
            asked[name].add(row_id)
    found: dict[Reference, Subject] = {}
    if asked["movie_id"] or asked["tmdb_id"]:
        for movie_id, tmdb_id in bulk_sql.find_movies(asked["movie_id"], asked["tmdb_id"]):
            found[Reference("movie_id", movie_id)] = Subject("movie_id", movie_id)
            if tmdb_id is not None:
                found[Reference("tmdb_id", tmdb_id)] = Subject("movie_id", movie_id)
    for name, find in bulk_sql.FINDERS.items():
        if asked[name]:
            found |= {
                Reference(name, row_id): Subject(name, row_id) for row_id in find(asked[name])
            }
    return found


def _unknown(events: Sequence[Event], subjects: Mapping[Reference, Subject]) -> dict[int, Refusal]:
    return {
        event.position: _UNKNOWN[event.reference.name]
        for event in events
        if event.reference not in subjects
    }


def _keyed(
    events: Sequence[Event], subjects: Mapping[Reference, Subject]
) -> list[tuple[Key, Event]]:
    return [
        (key_of(event, subjects[event.reference]), event)
        for event in events
        if event.reference in subjects
    ]


def _save(keyed: Sequence[tuple[Key, Event]], *, user: User, at: datetime) -> dict[int, Became]:
    counted = counting(keyed, at=at)
    by_statement: dict[str, list[tuple[Key, Event]]] = defaultdict(list)
    for key, event in counted.items():
        if not (user.is_private and key.kind is Kind.WATCH):
            by_statement[bulk_sql.statement_for(key)].append((key, event))
    written: dict[int, Became] = {}
    for statement, told in by_statement.items():
        written |= bulk_sql.save(statement, told, user_id=user.pk, at=at)
    return {
        event.position: written.get(event.position)
        or _unchanged(written.get(counted[key].position))
        for key, event in keyed
    }


def _unchanged(counted: Became | None) -> Became:
    """What becomes of an event that does not count beside another, or is not to be recorded."""
    return Became(Outcome.UNCHANGED, counted and counted.row_id)
