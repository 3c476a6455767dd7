import numpy as np
import pytest
import scipy.sparse as sp

from services.recommender import local_ridge
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.synthetic import (
    BLOCK_USERS,
    HistoryShape,
    Population,
    synthetic_ratings,
)
from services.recommender.viewers import Viewers

USERS, ITEMS, RATINGS = 1_300, 400, 40_000


@pytest.fixture(scope="module")
def scores() -> sp.csr_array:
    blocks = synthetic_ratings(users=USERS, items=ITEMS, ratings=RATINGS, seed=4)
    return sp.csr_array(sp.vstack(list(blocks), format="csr"))


def test_there_are_as_many_ratings_as_asked_for_and_no_pair_twice(scores: sp.csr_array) -> None:
    assert scores.shape == (USERS, ITEMS)
    assert scores.nnz == pytest.approx(RATINGS, rel=0.005)
    assert scores.has_canonical_format
    assert scores.dtype == np.float32


def test_histories_are_as_uneven_as_those_of_movielens_20m() -> None:
    population = Population.draw(users=138_000, items=20_000, ratings=20_000_000, seed=1)

    shape = HistoryShape.of(population.histories)

    assert shape.users == 138_000
    assert shape.ratings == pytest.approx(20_000_000, rel=0.001)
    assert shape.mean == pytest.approx(144.9, abs=0.2)
    assert 68 <= shape.median <= 80
    assert shape.longest == 9_000
    assert shape.sum_of_squares >= 8_000_000_000


def test_scores_are_shared_out_as_in_movielens_20m(scores: sp.csr_array) -> None:
    shares = np.bincount(scores.data.astype(int), minlength=11) / scores.nnz

    expected = [0, 0.012, 0.034, 0.014, 0.072, 0.044, 0.215, 0.110, 0.278, 0.077, 0.144]
    np.testing.assert_allclose(shares, expected, atol=0.02)


def test_a_block_depends_on_nothing_but_its_number_and_the_seed(scores: sp.csr_array) -> None:
    population = Population.draw(users=USERS, items=ITEMS, ratings=RATINGS, seed=4)
    other = Population.draw(users=USERS, items=ITEMS, ratings=RATINGS, seed=5)

    second = population.scores(1)

    assert population.blocks == 3
    expected = scores[BLOCK_USERS : 2 * BLOCK_USERS]
    np.testing.assert_array_equal(second.indices, expected.indices)
    np.testing.assert_array_equal(second.data, expected.data)
    assert not np.array_equal(other.scores(1).indices, second.indices)


def test_a_model_learns_more_than_what_is_popular(scores: sp.csr_array) -> None:
    train, seen = scores[:1000], scores[1000:].copy()
    hidden = seen.copy()
    is_target = np.random.default_rng(0).random(seen.nnz) < 0.3
    seen.data[is_target], hidden.data[~is_target] = 0, 0
    seen.eliminate_zeros()
    interactions = Interactions(np.arange(1000), np.arange(ITEMS), train)

    predicted = local_ridge.fit(TrainingSet(interactions)).scores(Viewers(seen))
    popularity = np.tile(interactions.popularity(), (seen.shape[0], 1))

    found = []
    for ranked in (predicted, popularity):
        ranked[seen.nonzero()] = -np.inf
        best = np.argpartition(-ranked, 20, axis=1)[:, :20]
        found.append(np.count_nonzero(np.take_along_axis(hidden.toarray(), best, axis=1)))
    assert found[0] > 1.1 * found[1]
