"""Small simulated experiments: a known effect is found through PostgreSQL, none where none is."""

import numpy as np
import pytest
from numpy.random import default_rng

from apps.recommendations.experimenting.reports import Verdict
from apps.recommendations.models import Experiment, ExperimentLook, Impression
from tests.benchmarks.experiments import on_platform
from tests.benchmarks.experiments.audience import BETTER, CONTROL, HOLDBACK, PLACES, Audience
from tests.benchmarks.experiments.repetitions import repeat

DAYS = 8
VIEWERS = 1_200
TIMES = 40


@pytest.fixture(scope="module")
def audience() -> Audience:
    """200 viewers, some of whom open much of what they see, and a variant that makes it more."""
    rng = default_rng(3)
    usual = rng.beta(2, 14, (200, 1)) * rng.uniform(0.3, 1.7, (200, PLACES))
    films = np.arange(PLACES) + np.zeros((200, 1), int) + 1
    attractions = {CONTROL: usual, BETTER: 1.5 * usual, HOLDBACK: 0.6 * usual}
    return Audience(
        {name: np.minimum(each, 1) for name, each in attractions.items()},
        dict.fromkeys(attractions, films),
    )


@pytest.mark.django_db
def test_a_known_effect_is_found_and_lies_in_the_interval_of_every_look(
    audience: Audience,
) -> None:
    ran = on_platform.run(audience, viewers=VIEWERS, days=DAYS, seed=1)

    truth = audience.rate(BETTER) - audience.rate(CONTROL)
    told = [found.variants[1].metrics["clicks"].difference for found in ran.reports]
    looks = [look for look in told if look is not None]
    assert len(looks) >= DAYS - 3
    assert all(look.always[0] <= truth <= look.always[1] for look in looks)
    assert ran.reports[-1].variants[1].verdict is Verdict.BETTER
    assert ran.decided_on(BETTER) is not None
    assert not ran.reports[-1].is_mismatched
    assert Experiment.objects.get().state == Experiment.State.RUNNING
    assert ExperimentLook.objects.count() == DAYS
    assert Impression.objects.count() == ran.impressions


def test_daily_looks_seldom_mislead_where_nothing_differs(audience: Audience) -> None:
    counted = repeat(audience, CONTROL, repetitions=TIMES, viewers=VIEWERS, days=DAYS)

    assert counted.truth == 0
    assert counted.sequential <= 0.05 * TIMES
    assert counted.covered >= 0.95 * TIMES
    assert counted.fixed >= counted.once


def test_repetitions_find_the_effect_about_where_it_is(audience: Audience) -> None:
    counted = repeat(audience, BETTER, repetitions=10, viewers=VIEWERS, days=DAYS)

    assert counted.sequential >= 9
    assert np.mean(counted.estimates) == pytest.approx(counted.truth, rel=0.1)
