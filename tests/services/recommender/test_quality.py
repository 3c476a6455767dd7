from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from services.recommender.quality import bayesian_averages, qualities

from .catalogues import known_by, random_catalogue

GRADES = sp.csr_array(np.array([[8, 10, 0], [6, 0, 0]], np.float32))


def test_averages_of_few_votes_are_drawn_to_the_mean() -> None:
    averages = bayesian_averages([150, 50, 0], [8 * 150, 4 * 50, 0], 50)

    assert averages == pytest.approx([7.75, 5.5, 7])


def test_films_without_any_vote_stand_in_the_middle() -> None:
    assert bayesian_averages([0, 0], [0, 0], 50) == pytest.approx([5.5, 5.5])


def test_own_scores_and_tmdbs_votes_count_alike() -> None:
    catalogue = replace(
        random_catalogue(0, items=3),
        vote_counts=np.array([2, 0, 3], np.float32),
        vote_averages=np.array([4, 0, 4], np.float32),
    )

    # The mean of three scores and five votes is 44 / 8.
    together = qualities(known_by(catalogue, GRADES), 2.0)
    alone = qualities(known_by(None, GRADES), 1.0)

    assert together == pytest.approx([(22 + 11) / 6, (10 + 11) / 3, (12 + 11) / 5])
    assert alone == pytest.approx([(14 + 8) / 3, (10 + 8) / 2, 8])
