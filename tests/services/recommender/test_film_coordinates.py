import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from numpy.random import default_rng

from services.recommender import film_coordinates
from services.recommender.arrays import SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.film_coordinates import plain_facts, principal_directions

from .matrices import seeds


def random_vectors(seed: int) -> SparseArray:
    drawn = default_rng(seed).random((30, 12))
    return sp.csr_array((drawn * (drawn < 0.4)).astype(np.float32))


def catalogue_of(*, votes: list[float], averages: list[float], years: list[int]) -> Catalogue:
    return Catalogue(
        item_ids=np.arange(len(votes)),
        features=[frozenset[str]()] * len(votes),
        vote_counts=np.array(votes, np.float32),
        vote_averages=np.array(averages, np.float32),
        years=np.array(years, np.int32),
        related={},
    )


@given(seeds)
def test_all_directions_keep_all_inner_products(seed: int) -> None:
    vectors = random_vectors(seed)

    directions = principal_directions(vectors, 12, iterations=2, seed=0)

    expected = (vectors @ vectors.T).toarray()
    np.testing.assert_allclose(directions @ directions.T, expected, atol=1e-4)


def test_few_directions_keep_what_varies_most(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = random_vectors(3)
    monkeypatch.setattr(film_coordinates, "_BLOCK", 2)

    directions = principal_directions(vectors, 3, iterations=8, seed=1)

    lengths = np.linalg.norm(directions, axis=0)
    strongest = np.linalg.svd(vectors.toarray(), compute_uv=False)[:3]
    np.testing.assert_allclose(lengths, strongest, rtol=1e-4)


def test_a_feature_of_one_film_gives_it_no_direction() -> None:
    vectors = sp.csr_array(np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0]], np.float32))

    directions = principal_directions(vectors, 3, iterations=2, seed=0)

    assert directions @ directions.T == pytest.approx(
        np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]]), abs=1e-6
    )


def test_facts_are_zero_where_nothing_is_known() -> None:
    catalogue = catalogue_of(votes=[99, 0, 9, 9], averages=[5, 0, 5, 5], years=[2000, 0, 1960, 0])

    facts = plain_facts(catalogue)

    assert facts[:, :2].tolist() == [[1, 1], [1, 0], [1, 1], [1, 1]]
    assert facts[1, 1:].tolist() == [0] * 8
    assert facts[[0, 2, 3], 2] == pytest.approx([2**0.5, -(2**-0.5), -(2**-0.5)], rel=1e-5)
    assert facts[:, 5].tolist() == [0, 0, 0, 0]
    assert facts[:, 7].tolist() == [1, 0, -1, 0]


def test_averages_that_differ_by_rounding_alone_are_no_quality() -> None:
    catalogue = catalogue_of(votes=[1, 20, 300, 3], averages=[6.7] * 4, years=[1990] * 4)

    assert plain_facts(catalogue)[:, 5].tolist() == [0, 0, 0, 0]
