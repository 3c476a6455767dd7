import numpy as np
import pytest
import scipy.sparse as sp
from numpy.random import default_rng

from services.recommender import weighted_rows as module
from services.recommender.arrays import SparseArray
from services.recommender.weighted_rows import weighted_rows


def drawn(seed: int, rows: int, columns: int, density: float) -> SparseArray:
    rng = default_rng(seed)
    values = rng.standard_normal((rows, columns)).astype(np.float32)
    return sp.csr_array(np.where(rng.random(values.shape) < density, values, np.float32(0)))


@pytest.mark.parametrize("gathered", [1, 300, 1 << 17])
def test_sums_are_those_of_the_sparse_product_to_the_bit(
    gathered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_GATHERED", gathered)
    weights, matrix = drawn(1, 150, 40, 0.2), drawn(2, 40, 70, 0.3)

    sums = weighted_rows(weights, matrix)

    assert sums.dtype == np.float32
    np.testing.assert_array_equal(sums, (weights @ matrix).toarray())


def test_rows_without_entries_are_zeros_and_their_neighbours_are_not() -> None:
    weights = sp.csr_array(np.array([[0, 0], [2, 0], [0, 0], [1, 3]], np.float32))
    matrix = sp.csr_array(np.array([[0, 1, 4], [0, 0, 0]], np.float32))

    assert weighted_rows(weights, matrix).tolist() == [[0, 0, 0], [0, 2, 8], [0, 0, 0], [0, 1, 4]]


@pytest.mark.parametrize(("rows", "columns"), [(0, 3), (3, 0), (0, 0)])
def test_there_may_be_nothing_to_add(rows: int, columns: int) -> None:
    weights = sp.csr_array((rows, 2), dtype=np.float32)
    matrix = sp.csr_array((2, columns), dtype=np.float32)

    assert weighted_rows(weights, matrix).shape == (rows, columns)


def test_neither_matrix_is_changed() -> None:
    weights, matrix = drawn(3, 5, 6, 0.5), drawn(4, 6, 7, 0.5)
    before = [
        array.copy() for array in (weights.data, weights.indices, matrix.data, matrix.indices)
    ]

    weighted_rows(weights, matrix)

    after = [weights.data, weights.indices, matrix.data, matrix.indices]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)
