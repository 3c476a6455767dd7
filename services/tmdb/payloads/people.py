"""Who made a film: its cast and its crew."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from . import values
from .rows import read_rows
from .values import Dropped, UnusableRowError

# Of the largest casts and crews, those who are named first.
MOST_CAST = 250
MOST_CREW = 250
# What is looked at to find them.
MOST_ROWS = 5_000
MAX_GENDER = 3
MAX_POPULARITY = 1e9
# The crew has no order of its own. What a film page shows goes first.
_RANKS = {"Directing": 1, "Writing": 2, "Production": 3, "Camera": 4, "Sound": 5, "Editing": 6}
_DIRECTOR = 0
_OTHERS = 7

_CREDIT_ID = re.compile(r"[a-zA-Z0-9]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPayload:
    tmdb_id: int
    name: str
    original_name: str
    known_for_department: str
    gender: int
    profile_path: str
    popularity: float
    adult: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPayload:
    credit_id: str
    person: PersonPayload
    is_cast: bool
    character: str
    department: str
    job: str
    order: int | None


def read_credits(block: object, dropped: Dropped) -> tuple[CreditPayload, ...] | None:
    """The cast in its order, then the crew; None unless both lists are there."""
    rows = block if isinstance(block, dict) else {}
    people = _People(dropped)
    cast = _bounded(rows.get("cast"), _cast_order, MOST_CAST, dropped)
    crew = _bounded(rows.get("crew"), _crew_rank, MOST_CREW, dropped)
    read_cast = _read_rows(cast, people.read_cast, dropped)
    read_crew = _read_rows(crew, people.read_crew, dropped)
    if read_cast is None or read_crew is None:
        return None
    # One credit in both lists would be one row twice.
    found = {credit.credit_id: credit for credit in (*read_crew, *read_cast)}
    if repeated := len(read_cast) + len(read_crew) - len(found):
        dropped["credits.duplicate"] += repeated
    return (*read_cast, *(c for c in read_crew if found[c.credit_id] is c))


def _bounded(value: object, rank: Callable[[object], float], most: int, dropped: Dropped) -> object:
    """The first by rank, and by place among equals."""
    if not isinstance(value, list) or len(value) <= most:
        return value
    dropped["credits.too_many"] += len(value) - most
    return sorted(value[:MOST_ROWS], key=rank)[:most]


def _cast_order(row: object) -> float:
    order = values.whole(row.get("order")) if isinstance(row, dict) else None
    return inf if order is None else order


def _crew_rank(row: object) -> float:
    if not isinstance(row, dict):
        return inf
    if row.get("job") == "Director":
        return _DIRECTOR
    department = row.get("department")
    return _RANKS.get(department, _OTHERS) if isinstance(department, str) else _OTHERS


def _read_rows(
    value: object, read: Callable[[dict[str, object]], CreditPayload], dropped: Dropped
) -> tuple[CreditPayload, ...] | None:
    return read_rows(value, read, key=_credit_id, block="credits", most=MOST_ROWS, dropped=dropped)


def _credit_id(credit: CreditPayload) -> str:
    return credit.credit_id


class _People:
    """Reads the rows of one film, in which a person stands as often as they did something."""

    def __init__(self, dropped: Dropped) -> None:
        self._dropped = dropped
        self._known: dict[int, PersonPayload] = {}

    def read_cast(self, row: dict[str, object]) -> CreditPayload:
        return CreditPayload(
            credit_id=_read_credit_id(row),
            person=self._person(row),
            is_cast=True,
            character=values.text(row.get("character"), 500),
            department="",
            job="",
            order=values.whole(row.get("order")),
        )

    def read_crew(self, row: dict[str, object]) -> CreditPayload:
        return CreditPayload(
            credit_id=_read_credit_id(row),
            person=self._person(row),
            is_cast=False,
            character="",
            department=values.text(row.get("department"), 60),
            job=values.text(row.get("job"), 100),
            order=None,
        )

    def _person(self, row: dict[str, object]) -> PersonPayload:
        tmdb_id = values.tmdb_id(row.get("id"), "person_id")
        known = self._known.get(tmdb_id)
        if known is None:
            known = self._known[tmdb_id] = _read_person(tmdb_id, row, self._dropped)
        return known


def _read_credit_id(row: dict[str, object]) -> str:
    found = row.get("credit_id")
    if isinstance(found, str) and _CREDIT_ID.fullmatch(found):
        return found
    raise UnusableRowError("credit_id")


def _read_person(tmdb_id: int, row: dict[str, object], dropped: Dropped) -> PersonPayload:
    original_name = values.text(row.get("original_name"), 300)
    popularity = values.number(row.get("popularity"), most=MAX_POPULARITY)
    return PersonPayload(
        tmdb_id=tmdb_id,
        name=values.name(row.get("name") or original_name, 300, "person_name"),
        original_name=original_name,
        known_for_department=values.text(row.get("known_for_department"), 60),
        gender=values.whole(row.get("gender"), most=MAX_GENDER) or 0,
        profile_path=values.image_path(row.get("profile_path"), "credits.profile_path", dropped),
        popularity=popularity or 0.0,
        adult=row.get("adult") is True,
    )
