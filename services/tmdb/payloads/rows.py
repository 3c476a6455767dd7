"""Lists of objects: bounded, without rows that cannot be used and without the same row twice."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from .values import Dropped, UnusableRowError

T = TypeVar("T")


def read_rows(
    value: object,
    read: Callable[[dict[str, object]], T],
    *,
    key: Callable[[T], Hashable],
    block: str,
    most: int,
    dropped: Dropped,
) -> tuple[T, ...] | None:
    """The rows that can be used, the first of each key; None if there is no list, or none of it.

    An answer whose list is broken says nothing, and not that there are no rows.
    """
    if not isinstance(value, list):
        dropped[block] += 1
        return None
    if len(value) > most:
        dropped[f"{block}.too_many"] += len(value) - most
    found: dict[Hashable, T] = {}
    for row in value[:most]:
        try:
            if not isinstance(row, dict):
                raise UnusableRowError("row")  # noqa: TRY301  # counted like its other reasons
            item = read(row)
        except UnusableRowError as reason:
            dropped[f"{block}.{reason}"] += 1
            continue
        identity = key(item)
        if identity in found:
            dropped[f"{block}.duplicate"] += 1
        else:
            found[identity] = item
    return tuple(found.values()) if found or not value else None


def read_list(block: object, key: str) -> object:
    """What a block holds under the key; anything but a list is a fault of the block."""
    return block.get(key) if isinstance(block, dict) else None
