"""What viewers are told of: each kind of event is what a row says, and a key that changes with it.

The keys of all kinds together are an event's id, so that whoever comes back with one is compared
with the rows in the same way as somebody who stayed. A new kind is one more entry in KINDS, at the
end, and a call of `notifications` where its row is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

# Numbers that differ exactly where there is something to tell.
Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EventKind:
    """`joined` is joined to `stream(user_id, session_id)` and `active`; `columns` are read of it.

    The first `key_length` columns are the key. `is_told_first` says that whoever comes without an
    id is told what there is now.
    """

    name: str
    joined: str
    columns: tuple[str, ...]
    key_length: int
    data: Callable[[Sequence[Any]], dict[str, Any]]
    is_told_first: bool = False
    # Since when it can be told, for measuring.
    since: Callable[[Sequence[Any]], datetime | None] = lambda _row: None


def _list_data(row: Sequence[Any]) -> dict[str, Any]:
    revision, list_id, generation_id, generated_at, _ = row
    return {
        "list_id": list_id or None,
        "revision": revision,
        "generation_id": generation_id or None,
        "generated_at": _text(generated_at),
    }


def _sync_data(row: Sequence[Any]) -> dict[str, Any]:
    sync_id, kind, finished_at = row
    return {"sync_id": sync_id or None, "kind": kind, "finished_at": _text(finished_at)}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


_LIST = EventKind(
    name="list",
    # The list that a viewer reads, as in `stored.py`; without one, what the generation has for all.
    joined="""
        LEFT JOIN recommendations_generation AS generation ON generation.id = active.generation_id
        LEFT JOIN LATERAL (
            SELECT id, revision, created_at FROM recommendations_recommendationlist
            WHERE user_id = stream.user_id AND generation_id = active.generation_id
            ORDER BY id DESC LIMIT 1
        ) AS list ON true
    """,
    columns=(
        "coalesce(list.revision, 0)",
        "coalesce(list.id, 0)",
        "coalesce(active.generation_id, 0)",
        "coalesce(list.created_at, generation.activated_at)",
        # A list that was built for a generation can be read from then on.
        "greatest(list.created_at, generation.activated_at)",
    ),
    key_length=3,
    data=_list_data,
    is_told_first=True,
    since=lambda row: row[4] if row[1] else None,
)
_SYNC = EventKind(
    name="sync",
    joined="""
        LEFT JOIN (
            SELECT id, kind, finished_at FROM movies_syncrun
            WHERE state = 'done' AND finished_at IS NOT NULL
            ORDER BY finished_at DESC, id DESC LIMIT 1
        ) AS sync ON true
    """,
    columns=("coalesce(sync.id, 0)", "sync.kind", "sync.finished_at"),
    key_length=1,
    data=_sync_data,
)

KINDS: Final = (_LIST, _SYNC)
