from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed(Generic[T]):
    """A value, and how often something of its body was dropped, by reason."""

    value: T
    dropped: Mapping[str, int]
