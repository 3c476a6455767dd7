from dataclasses import replace

import numpy as np
import pytest

from services.recommender.recency import RecencySettings, fade, recency
from services.recommender.weights import UNARY

from .audiences import random_viewers


def test_an_event_counts_half_after_each_half_life_down_to_the_floor() -> None:
    ages = np.array([0, 10, 20, 1e6, np.nan, -5])

    decay = recency(ages, half_life=10, floor=0.125)

    assert decay.tolist() == [1, 0.5, 0.25, 0.125, 1, 1]
    assert decay.dtype == np.float32


def test_events_fade_to_the_floor_or_not_at_all() -> None:
    viewers = replace(random_viewers(2), decay=None)
    ages = np.full(viewers.grades.nnz, 730.0)
    ages[0] = np.nan

    faded = fade(viewers, ages, RecencySettings(half_life=365, floor=0.1))
    twice = fade(faded, ages, RecencySettings(half_life=100, floor=0.5))

    assert fade(viewers, ages, RecencySettings(half_life=None)) is viewers
    whole = viewers.weighted(UNARY).data
    assert faded.weighted(UNARY).data.tolist() == [whole[0], *(whole[1:] / 4).tolist()]
    assert twice.weighted(UNARY).data.tolist() == [whole[0], *(whole[1:] / 8).tolist()]


@pytest.mark.parametrize("wrong", [{"half_life": 0.0}, {"floor": 1.5}, {"floor": -0.1}])
def test_a_decay_that_means_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RecencySettings(**wrong)
