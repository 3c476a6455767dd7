import numpy as np

from services.recommender.weights import FOLD_IN, TRAINING, is_liked


def test_training_counts_a_rating_by_tenths_from_one_star_on() -> None:
    np.testing.assert_allclose(TRAINING([1, 2, 5, 10]), [0.2, 0.2, 0.5, 1.0])


def test_fold_in_weights_are_the_graded_map_at_whole_stars() -> None:
    np.testing.assert_allclose(FOLD_IN([2, 4, 6, 8, 10]), [0.15, 0.3, 0.6, 1.0, 1.2])


def test_fold_in_weights_between_stars_are_interpolated_and_below_one_star_constant() -> None:
    np.testing.assert_allclose(FOLD_IN([1, 3, 5, 7, 9]), [0.15, 0.225, 0.45, 0.8, 1.1])


def test_a_film_is_liked_from_seven_points() -> None:
    assert is_liked([6, 7, 10]).tolist() == [False, True, True]
