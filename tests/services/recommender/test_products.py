"""Sums of products against the dense product, whatever way they are made."""

import numpy as np
import pytest
from numpy.typing import NDArray

from services.recommender import products
from services.recommender.arrays import SparseArray
from services.recommender.products import ProductSums

from .matrices import random_interactions


def summed(matrix: SparseArray, *, step: int = 100) -> NDArray[np.float32]:
    sums = ProductSums(matrix.shape[1])
    for start in range(0, matrix.shape[0], step):
        sums.add(matrix[start : start + step])
    return np.asarray(sums.finish())


def dense_products(matrix: SparseArray) -> NDArray[np.float64]:
    dense = matrix.toarray().astype(np.float64)
    return np.asarray(dense.T @ dense)


@pytest.mark.parametrize("shared", [0, 1, 7, 24, 25])
def test_any_number_of_shared_items_gives_the_products(
    monkeypatch: pytest.MonkeyPatch, shared: int
) -> None:
    matrix = random_interactions(5).matrix
    monkeypatch.setattr(products, "_MOST_SHARED", shared)
    monkeypatch.setattr(products, "_SPARSE_SECONDS", 1.0)

    found = summed(matrix)

    np.testing.assert_allclose(found, dense_products(matrix), rtol=1e-5)
    np.testing.assert_array_equal(found, found.T)


@pytest.mark.parametrize("name", ["_BLOCK", "_DENSE", "_BUFFERED"])
@pytest.mark.parametrize("size", [1, 7, 24, 25, 26])
@pytest.mark.parametrize("shared", [0, 12])
def test_no_size_of_blocks_matters(
    monkeypatch: pytest.MonkeyPatch, name: str, size: int, shared: int
) -> None:
    matrix = random_interactions(11).matrix
    monkeypatch.setattr(products, "_MOST_SHARED", shared)
    monkeypatch.setattr(products, "_SPARSE_SECONDS", 1.0)

    monkeypatch.setattr(products, name, size)

    np.testing.assert_allclose(summed(matrix, step=9), dense_products(matrix), rtol=1e-5)


def test_long_histories_may_share_more_items_than_short_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    matrix = random_interactions(11).matrix
    lengths = np.diff(matrix.indptr)
    monkeypatch.setattr(products, "_LONGER", (6, 8))
    chosen = iter([3, 8, 20])
    monkeypatch.setattr(products, "choose_shared", lambda _users: next(chosen))

    found = summed(matrix)

    assert {*np.digitize(lengths, (6, 8)).tolist()} == {0, 1, 2}
    np.testing.assert_allclose(found, dense_products(matrix), rtol=1e-5)


def test_what_is_dense_is_chosen_by_its_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = random_interactions(11).matrix
    ranked = matrix[:, np.argsort(-np.bincount(matrix.indices))]

    monkeypatch.setattr(products, "_SPARSE_SECONDS", 1.0)
    assert products.choose_shared(ranked) == 25
    monkeypatch.setattr(products, "_SPARSE_SECONDS", 0.0)
    assert products.choose_shared(ranked) == 0


def test_nobody_and_nothing_give_zeros_and_other_items_are_refused() -> None:
    matrix = random_interactions(5).matrix

    assert not summed(matrix[:0]).any()
    assert not summed(0 * matrix).any()
    assert summed(matrix[:, :0]).shape == (0, 0)
    with pytest.raises(ValueError, match="24 items does not fit 25"):
        ProductSums(25).add(matrix[:, :24])
