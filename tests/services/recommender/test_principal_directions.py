import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from numpy.random import default_rng

from services.recommender import principal_directions as module
from services.recommender.arrays import SparseArray
from services.recommender.features import of_several
from services.recommender.principal_directions import principal_directions

from .matrices import seeds


def random_vectors(seed: int) -> SparseArray:
    drawn = default_rng(seed).random((30, 12))
    return sp.csr_array((drawn * (drawn < 0.4)).astype(np.float32))


@given(seeds)
def test_all_directions_keep_all_inner_products(seed: int) -> None:
    vectors = random_vectors(seed)

    directions = principal_directions(vectors, 12, iterations=2, seed=0)

    expected = (vectors @ vectors.T).toarray()
    np.testing.assert_allclose(directions @ directions.T, expected, atol=1e-4)


def test_few_directions_keep_what_varies_most(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = random_vectors(3)
    monkeypatch.setattr(module, "_BLOCK", 2)

    directions = principal_directions(vectors, 3, iterations=8, seed=1)

    lengths = np.linalg.norm(directions, axis=0)
    strongest = np.linalg.svd(vectors.toarray(), compute_uv=False)[:3]
    np.testing.assert_allclose(lengths, strongest, rtol=1e-4)


def test_a_feature_of_one_film_gives_it_no_direction() -> None:
    vectors = sp.csr_array(np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0]], np.float32))

    directions = principal_directions(of_several(vectors), 3, iterations=2, seed=0)

    assert directions @ directions.T == pytest.approx(
        np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]]), abs=1e-6
    )
