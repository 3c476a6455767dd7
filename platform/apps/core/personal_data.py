"""What the platform knows of one account, gathered from the apps for its owner.

Each app registers its sections in `AppConfig.ready()`: a name, and a function from the account's
id to that section's rows as JSON-ready dictionaries, read one by one. It also registers the locks
that come before the account's own in the one order of locks (CONTRIBUTING.md).
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

Rows = Callable[[int], Iterator[dict[str, Any]]]
Lock = Callable[[int], None]

# How many rows of a section are in memory at once.
CHUNK_ROWS = 2_000

_sections: dict[str, Rows] = {}
_locks: list[Lock] = []


def register(section: str, rows: Rows) -> None:
    """Add a section; two of one name are a mistake of the code."""
    if _sections.setdefault(section, rows) is not rows:
        raise ValueError(f"{section} is registered already")


def sections() -> Mapping[str, Rows]:
    """By name, in the order of registration, which is that of INSTALLED_APPS."""
    return MappingProxyType(_sections)


def register_lock(lock: Lock) -> None:
    """Have `lock` taken before an account is locked in order to be deleted.

    It may add a row that names the account: whoever finds the account gone rolls back.
    """
    _locks.append(lock)


def lock_all(user_id: int) -> None:
    """Take the registered locks on an account's rows until the transaction ends."""
    for lock in _locks:
        lock(user_id)
