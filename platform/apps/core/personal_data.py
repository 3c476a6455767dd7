"""What the platform knows of one account, gathered from the apps for its owner.

Each app registers its sections in `AppConfig.ready()`: a name, and a function from the account's
id to that section's rows as JSON-ready dictionaries, read one by one.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

Rows = Callable[[int], Iterator[dict[str, Any]]]

_sections: dict[str, Rows] = {}


def register(section: str, rows: Rows) -> None:
    """Add a section; two of one name are a mistake of the code."""
    if _sections.setdefault(section, rows) is not rows:
        raise ValueError(f"{section} is registered already")


def sections() -> Mapping[str, Rows]:
    """By name, in the order of registration, which is that of INSTALLED_APPS."""
    return MappingProxyType(_sections)
