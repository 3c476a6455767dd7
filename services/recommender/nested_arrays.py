"""Arrays of a model that is stored inside another one, told apart by a prefix."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


def under(prefix: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """The arrays by the names that they have inside another model."""
    return {f"{prefix}.{name}": array for name, array in arrays.items()}


def within(prefix: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """The inverse of `under`; other arrays are left out."""
    return {
        name.removeprefix(f"{prefix}."): array
        for name, array in arrays.items()
        if name.startswith(f"{prefix}.")
    }
