"""A column of unknown length that is filled piece by piece, in hardly more memory than it needs."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_FIRST_ROWS = 1 << 16
# Growing is a remapping of pages for what is large, so it may happen often.
_GROWTH = 1.125


class GrowingColumn:
    """Pieces put together as they come, where a list of them would need all its memory twice."""

    def __init__(self, dtype: DTypeLike) -> None:
        self._values: NDArray[Any] = np.empty(_FIRST_ROWS, dtype)
        self._rows = 0

    def extend(self, piece: NDArray[Any]) -> None:
        rows = self._rows + piece.size
        if rows > self._values.size:
            self._values.resize(max(rows, int(self._values.size * _GROWTH)), refcheck=False)
        self._values[self._rows : rows] = piece
        self._rows = rows

    def widen(self, dtype: DTypeLike) -> None:
        """Hold values of another type from now on."""
        self._values = self._values.astype(dtype)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._values.dtype

    def finish(self) -> NDArray[Any]:
        """The column, to which nothing is added any more."""
        self._values.resize(self._rows, refcheck=False)
        return self._values
