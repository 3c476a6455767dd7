"""What the rows say for open streams, all of them in one query, and how it differs from before."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.database import array_of
from apps.core.prepared import PreparedStatement
from apps.recommendations.models import ActiveGeneration

from .kinds import KINDS, Key

Keys = tuple[Key, ...]
# Digits and hyphens; ids of other releases may have other parts.
EVENT_ID = r"[0-9]{1,19}(-[0-9]{1,19}){0,15}"

_LIVE = """
    EXISTS (
        SELECT FROM users_session AS session
        JOIN users_user AS account ON account.id = session.user_id
        WHERE session.id = stream.session_id AND session.user_id = stream.user_id
            AND session.expires_at > now() AND account.is_active
    )
"""
_STREAMS = """
    FROM unnest($1, $2) WITH ORDINALITY AS stream (user_id, session_id, number)
    LEFT JOIN recommendations_activegeneration AS active ON active.id = $3
"""
_COLUMNS = ", ".join([_LIVE, *(column for kind in KINDS for column in kind.columns)])
_JOINED = "".join([_STREAMS, *(kind.joined for kind in KINDS)])
_STATES = PreparedStatement(
    name="nexus_stream_states",
    types=("bigint[]", "uuid[]", "int"),
    sql=f"SELECT {_COLUMNS} {_JOINED} ORDER BY stream.number",  # all of it is ours
)


@dataclass(frozen=True, slots=True)
class State:
    """What there is to tell a viewer, by kind."""

    keys: Keys
    rows: tuple[tuple[Any, ...], ...]

    @property
    def revision(self) -> int:
        """Of the list that the viewer reads."""
        return self.keys[0][0]


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    text: bytes
    since: datetime | None


def read_states(streams: Sequence[tuple[int, UUID]]) -> list[State | None]:
    """Of each viewer and session in turn; None where the session has ended."""
    user_ids = array_of(user_id for user_id, _ in streams)
    session_ids = f"{{{','.join(str(session_id) for _, session_id in streams)}}}"
    rows = _STATES.rows(user_ids, session_ids, ActiveGeneration.ROW_ID)
    return [_state(columns) if is_live else None for is_live, *columns in rows]


def _state(columns: list[Any]) -> State:
    rows = []
    for kind in KINDS:
        rows.append(tuple(columns[: len(kind.columns)]))
        columns = columns[len(kind.columns) :]
    keys = (row[: kind.key_length] for kind, row in zip(KINDS, rows, strict=True))
    return State(tuple(keys), tuple(rows))


def events_between(known: Keys | None, state: State) -> Iterator[Event]:
    """What to tell whoever knows these keys, or comes without an id.

    The id after each event is that of all that was told until then.
    """
    seen = list(known or _keys_before(state))
    for position, (kind, key, row) in enumerate(zip(KINDS, state.keys, state.rows, strict=True)):
        if seen[position] == key:
            continue
        seen[position] = key
        data = json.dumps(kind.data(row), separators=(",", ":"))
        text = f"event: {kind.name}\nid: {event_id(seen)}\ndata: {data}\n\n"
        yield Event(kind.name, text.encode(), kind.since(row))


def _keys_before(state: State) -> list[Key]:
    return [() if kind.is_told_first else key for kind, key in zip(KINDS, state.keys, strict=True)]


def event_id(keys: Sequence[Key]) -> str:
    return "-".join(str(number) for key in keys for number in key)


def keys_of(text: str) -> Keys | None:
    """Of an id that a client brings back; None for what is none of this release."""
    numbers = text.split("-")
    lengths = [kind.key_length for kind in KINDS]
    if len(numbers) != sum(lengths) or not all(each.isdecimal() for each in numbers):
        return None
    keys = []
    for length in lengths:
        keys.append(tuple(map(int, numbers[:length])))
        numbers = numbers[length:]
    return tuple(keys)
