"""Rows of a matrix factorisation, each solved while the factors of the other side stand still.

For a row with events on the columns i, of confidence c_i and target t_i, the factors u minimise
sum c_i (t_i - u.v_i)^2 + unobserved * sum over all columns (u.v)^2 + penalty * |u|^2: a system
(unobserved * V'V + sum c_i v_i v_i' + penalty) u = sum c_i t_i v_i. In the principal axes of V the
first term is diagonal, so that conjugate gradients with the diagonal of the system as
preconditioner need one or two steps where they need ten in other axes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_factor, cho_solve

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.entries import entries, with_data

# Factors gathered at once: 2 MB in float32, which stay in a core's cache from step to step.
_BATCH = 1 << 19
# Events of a row above which its system is written down, from 32 MB at 128 factors.
_LONG_ROW = 1 << 16
_TINY = np.float32(1e-30)


@dataclass(frozen=True)
class Observations:
    """Events of rows on columns: `confidence` c in CSR form, `pull` c * t for each entry of it.

    Both are float32 and c is positive.
    """

    confidence: SparseArray
    pull: FloatArray

    @classmethod
    def of(cls, confidence: SparseArray, targets: FloatArray) -> Self:
        """`targets` in the order of `confidence.data`; events without confidence are left out."""
        known = confidence.data > 0
        pull = confidence.data[known] * targets[known]
        return cls(confidence if known.all() else entries(confidence, known), pull)

    def __len__(self) -> int:
        return int(self.confidence.shape[0])

    @property
    def counts(self) -> IntArray:
        """Events of each row."""
        return np.diff(self.confidence.indptr)

    def rows(self, start: int, stop: int) -> Self:
        """The rows [start, stop)."""
        entries = slice(self.confidence.indptr[start], self.confidence.indptr[stop])
        return type(self)(self.confidence[start:stop], self.pull[entries])

    def transposed(self) -> Self:
        """Columns as rows."""
        # Nothing holds on to the positions: of 20 million events they would take 80 MB.
        by_column = with_data(self.confidence, np.arange(self.pull.size, dtype=np.int32)).tocsc()
        shape = self.confidence.shape[::-1]
        confidence = self.confidence.data[by_column.data]
        turned: SparseArray = sp.csr_array(
            (confidence, by_column.indices, by_column.indptr), shape=shape
        )
        return type(self)(turned, self.pull[by_column.data])


@dataclass(frozen=True)
class Side:
    """Factors float32[columns, k] in their principal axes; `spectrum` float32[k] is their Gram."""

    factors: FloatArray
    spectrum: FloatArray


@dataclass(frozen=True)
class Penalties:
    """Weight of all that was not observed, and penalty of a row, float32[rows]."""

    unobserved: float
    rows: FloatArray


def principal_axes(gram: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Spectrum float32[k] of V'V, and the rotation float32[k, k] that makes it diagonal."""
    spectrum, rotation = np.linalg.eigh(gram.astype(np.float64))
    return np.maximum(spectrum, 0).astype(np.float32), rotation.astype(np.float32)


def solve_rows(
    observations: Observations,
    side: Side,
    penalties: Penalties,
    *,
    start: FloatArray | None = None,
    steps: int,
    tolerance: float = 0.0,
) -> FloatArray:
    """Factors of every row in the axes of `side`, float32[rows, k]; zeros without an event.

    Begins at `start` and stops after `steps`, or before, once every residual is below `tolerance`
    times the first one. A row does not depend on the others but for rounding.
    """
    solved = np.zeros((len(observations), side.spectrum.size), np.float32)
    for rows, width in _batches(observations.counts, _BATCH // max(side.spectrum.size, 1)):
        if width > _LONG_ROW:
            for row in rows.tolist():
                solved[row] = solve_exactly(observations, side, penalties, row)
            continue
        system = _System.gather(observations, side, penalties, rows, width)
        first = None if start is None else start[rows]
        solved[rows] = system.solve(first, steps=steps, tolerance=tolerance)
    return solved


def write_system(
    observations: Observations, side: Side, penalties: Penalties, row: int
) -> FloatArray:
    """The matrix of one row's system, float64[k, k]."""
    mine = observations.rows(row, row + 1).confidence
    constant = penalties.unobserved * side.spectrum + penalties.rows[row]
    system: FloatArray = np.diag(constant.astype(np.float64))
    for first in range(0, mine.nnz, _LONG_ROW):
        part = slice(first, first + _LONG_ROW)
        inputs = side.factors[mine.indices[part]]
        system += (inputs.T * mine.data[part]) @ inputs
    return system


def solve_exactly(
    observations: Observations, side: Side, penalties: Penalties, row: int
) -> FloatArray:
    """One row by Cholesky, float64[k]."""
    mine = observations.rows(row, row + 1)
    pulled = with_data(mine.confidence, mine.pull) @ side.factors
    system = write_system(observations, side, penalties, row)
    factors: FloatArray = cho_solve(cho_factor(system), pulled[0].astype(np.float64))
    return factors


@dataclass(frozen=True)
class _System:
    """Rows of about the same length, padded to the longest by events of no confidence.

    `inputs` float32[rows, width, k] are the factors of each row's columns, `constant` and
    `diagonal` float32[rows, k] what is diagonal of a system, and all of its diagonal.
    """

    inputs: FloatArray
    confidence: FloatArray
    constant: FloatArray
    diagonal: FloatArray
    pulled: FloatArray

    @classmethod
    def gather(
        cls,
        observations: Observations,
        side: Side,
        penalties: Penalties,
        rows: IntArray,
        width: int,
    ) -> Self:
        matrix = observations.confidence
        positions = matrix.indptr[rows][:, None] + np.arange(width)
        is_event = np.arange(width) < observations.counts[rows][:, None]
        positions[~is_event] = 0
        confidence = np.where(is_event, matrix.data[positions], np.float32(0))
        pull = np.where(is_event, observations.pull[positions], np.float32(0))
        inputs = side.factors[matrix.indices[positions]]
        unobserved = np.float32(penalties.unobserved) * side.spectrum
        constant = unobserved + penalties.rows[rows][:, None]
        diagonal = constant + _sums(confidence, np.square(inputs))
        return cls(inputs, confidence, constant, diagonal, _sums(pull, inputs))

    def times(self, factors: FloatArray) -> FloatArray:
        predicted = np.matmul(self.inputs, factors[:, :, None])[:, :, 0]
        predicted *= self.confidence
        product: FloatArray = self.constant * factors + _sums(predicted, self.inputs)
        return product

    def solve(self, start: FloatArray | None, *, steps: int, tolerance: float) -> FloatArray:
        """Conjugate gradients, preconditioned by the diagonal (Hestenes & Stiefel 1952)."""
        found = np.zeros_like(self.pulled) if start is None else start
        residual = self.pulled if start is None else self.pulled - self.times(start)
        direction = residual / self.diagonal
        error = first_error = _dots(residual, direction)
        for step in range(steps):
            change = self.times(direction)
            length = error / np.maximum(_dots(direction, change), _TINY)
            found = found + length * direction
            if step == steps - 1:
                break
            residual = residual - length * change
            scaled = residual / self.diagonal
            previous, error = error, _dots(residual, scaled)
            if tolerance and np.all(error <= tolerance**2 * first_error):
                break
            direction = scaled + (error / np.maximum(previous, _TINY)) * direction
        return found


def _sums(weights: FloatArray, inputs: FloatArray) -> FloatArray:
    """Weighted sums of each row's inputs, float32[rows, k]."""
    sums: FloatArray = np.matmul(weights[:, None, :], inputs)[:, 0]
    return sums


def _dots(left: FloatArray, right: FloatArray) -> FloatArray:
    dots: FloatArray = np.einsum("rk,rk->r", left, right)[:, None]
    return dots


def _batches(counts: IntArray, size: int) -> Iterator[tuple[IntArray, int]]:
    """Rows that have events, the longest first, as many at once as `size` events allow."""
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    start = 0
    while start < order.size:
        width = int(counts[order[start]])
        stop = start + max(size // width, 1)
        yield order[start:stop], width
        start = stop
