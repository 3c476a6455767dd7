import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import ArrayLike

from services.recommender.catalogue import Catalogue, Features
from services.recommender.evaluation.lists import ListMeasures
from services.recommender.evaluation.metrics import NOTHING
from services.recommender.evaluation.splits import HeldOut
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers

# Four users: everybody watched film 0, two film 1, one film 2, and film 3 is cold.
WATCHED = [[8, 8, 0, 0], [8, 8, 0, 0], [8, 0, 8, 0], [8, 0, 0, 0]]


def sparse(rows: ArrayLike) -> sp.csr_array[np.float32, tuple[int, int]]:
    return sp.csr_array(np.array(rows, np.float32))


def training(*genres: set[str]) -> TrainingSet:
    items = np.arange(4)
    features: list[Features] = [frozenset(each) for each in genres]
    nothing = np.zeros(4, np.float32)
    catalogue = Catalogue(items, features, nothing, nothing, items, {}) if features else None
    return TrainingSet(Interactions(items, items, sparse(WATCHED)), catalogue=catalogue)


def part(fold_in: ArrayLike, *, disliked: ArrayLike | None = None) -> HeldOut:
    matrix = sparse(fold_in)
    return HeldOut(
        user_ids=np.arange(matrix.shape[0]),
        viewers=Viewers(matrix),
        targets=matrix,
        disliked=None if disliked is None else sparse(disliked),
    )


def measured(lists: list[list[int]], given: TrainingSet, to: HeldOut) -> dict[str, list[float]]:
    measures = ListMeasures.of(given, to)
    return {name: v.tolist() for name, v in measures.of_each(np.array(lists), to).items()}


def test_novelty_is_the_mean_of_bits_by_the_share_of_users() -> None:
    nobody = part([[0, 0, 0, 0]] * 3)

    metrics = measured([[0, 1], [2, NOTHING], [3, NOTHING]], training(), nobody)

    # A cold film counts as one that a single user watched.
    assert metrics["novelty@20"] == [0.5, 2, 2]


def test_diversity_is_one_minus_the_mean_cosine_of_pairs() -> None:
    nobody = part([[0, 0, 0, 0]] * 4)

    metrics = measured(
        [[0, 1, 2], [1, 2, NOTHING], [0, 3, NOTHING], [0, NOTHING, NOTHING]], training(), nobody
    )

    together = (2 / np.sqrt(4 * 2) + 1 / np.sqrt(4 * 1) + 0) / 3
    assert metrics["diversity@20"] == pytest.approx([1 - together, 1, 1, np.nan], nan_ok=True)


def test_calibration_is_the_divergence_of_the_lists_genres_from_the_viewers() -> None:
    given = training({"genre:drama"}, {"genre:drama", "genre:war"}, {"genre:war"}, {"cast:1"})
    viewers = part([[0, 8, 0, 0], [2, 0, 8, 0], [8, 0, 0, 0], [0, 0, 0, 8]])

    metrics = measured([[1], [0], [0], [0]], given, viewers)

    wanted, listed = np.array([0.2, 0.8]), np.array([1, 0])
    mixed = 0.99 * listed + 0.01 * wanted
    expected = float(wanted @ np.log(wanted / mixed))
    assert metrics["calibration@20"] == pytest.approx([0, expected, 0, np.nan], nan_ok=True)


def test_disliked_films_are_counted_among_the_first_twenty() -> None:
    viewers = part([[0, 0, 0, 0]] * 2, disliked=[[0, 1, 1, 0], [1, 0, 0, 0]])

    metrics = measured([[0, 1, 2], [1, 2, NOTHING]], training(), viewers)

    assert metrics["disliked@20"] == [2, 0]


def test_measures_without_their_data_are_left_out() -> None:
    metrics = measured([[0]], training(), part([[8, 0, 0, 0]]))

    assert set(metrics) == {"novelty@20", "diversity@20"}


def test_coverage_and_gini_tell_how_lists_spread_over_the_items() -> None:
    measures = ListMeasures.of(training(), part([[0, 0, 0, 0]]))

    assert measures.of_all(np.array([[0, 1], [2, 3]])) == {"coverage@20": 1, "gini@20": 0}
    assert measures.of_all(np.array([[0], [0]])) == {"coverage@20": 0.25, "gini@20": 0.75}
    unequal = measures.of_all(np.array([[0, 1], [0, NOTHING]]))
    # Counts 0, 0, 1, 2: the mean difference of two of them over twice their mean.
    differences = np.abs(np.subtract.outer([0, 0, 1, 2], [0, 0, 1, 2]))
    assert unequal["gini@20"] == pytest.approx(differences.mean() / 2 / 0.75)


def test_only_items_that_may_be_ranked_can_be_covered() -> None:
    ranked = np.array([True, True, False, False])
    viewers = part([[0, 0, 0, 0]])
    cold = HeldOut(viewers.user_ids, viewers.viewers, viewers.targets, ranked=ranked)

    measures = ListMeasures.of(training(), cold)

    assert measures.of_all(np.array([[0]])) == {"coverage@20": 0.5, "gini@20": 0.5}
    assert measures.of_all(np.array([[NOTHING]])) == {"coverage@20": 0, "gini@20": 0}


def test_places_after_the_twentieth_change_nothing() -> None:
    rng = np.random.default_rng(0)
    watched = sparse(rng.integers(0, 2, (30, 60)) * 8)
    given = TrainingSet(Interactions(np.arange(30), np.arange(60), watched))
    viewers = part(np.zeros((3, 60)))
    long = np.array([rng.permutation(60) for _ in range(3)])
    measures = ListMeasures.of(given, viewers)

    for name, values in measures.of_each(long, viewers).items():
        assert values.tolist() == measures.of_each(long[:, :20], viewers)[name].tolist()
    assert measures.of_all(long) == measures.of_all(long[:, :20])
