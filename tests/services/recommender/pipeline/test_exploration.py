from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.random import default_rng

from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.exploration import explore, pool_of, uniforms
from services.recommender.pipeline.ranking import Pipeline
from services.recommender.pipeline.sources import Source
from tests.services.recommender.matrices import seeds

from .blocks import ALL_ON, THIS_YEAR, random_block, random_films

VIEWERS = 20_000


def test_films_are_drawn_as_often_as_their_propensities_say() -> None:
    """Two places of eight, a pool of three: all that can be shown, in both places."""
    logits = np.tile(np.log([0.5, 0.3, 0.2]), (VIEWERS, 1))
    chances = uniforms(np.arange(VIEWERS), np.zeros(VIEWERS, int), seed=1, count=5)

    explored = explore(
        8,
        pool=np.tile([5, 6, 7], (VIEWERS, 1)),
        logits=logits,
        places=(1, 3),
        rate=0.4,
        chances=chances,
    )

    first, second = explored.order[:, 1], explored.order[:, 3]
    for film, expected in ((1, 0.6), (5, 0.2), (6, 0.12), (7, 0.08)):
        shown = first == film
        assert shown.mean() == pytest.approx(expected, abs=0.012)
        np.testing.assert_allclose(explored.propensities[shown, 1], expected, rtol=1e-6)
    after_five = first == 5
    for film, expected in ((6, 0.4 * 0.6), (7, 0.4 * 0.4)):
        shown = after_five & (second == film)
        assert shown.sum() / after_five.sum() == pytest.approx(expected, abs=0.03)
        np.testing.assert_allclose(explored.propensities[shown, 3], expected, rtol=1e-6)
    assert (np.delete(explored.propensities, (1, 3), axis=1) == 1).all()


@settings(max_examples=20)
@given(seeds)
def test_what_can_stand_at_a_place_has_probability_1_together(seed: int) -> None:
    rng = default_rng(seed)
    logits = rng.standard_normal((1, 4))
    logits[0, rng.random(4) < 0.3] = -np.inf
    seen: dict[tuple[int, ...], dict[int, float]] = {}
    for noise in rng.random((60, 6)):
        explored = explore(
            9,
            pool=np.array([[5, 6, 7, 8]]),
            logits=logits,
            places=(1, 2),
            rate=0.5,
            chances=noise[None, :],
        )
        order, propensity = explored.order[0].tolist(), explored.propensities[0].tolist()
        for place in (1, 2):
            seen.setdefault(tuple(order[:place]), {})[order[place]] = propensity[place]

    for shown in seen.values():
        assert sum(shown.values()) <= 1 + 1e-6
    explorable = int(np.isfinite(logits).sum())
    assert len(seen[(0,)]) <= explorable + 1
    if len(seen[(0,)]) == explorable + 1:
        assert sum(seen[(0,)].values()) == pytest.approx(1)


@given(seeds)
def test_films_that_are_pushed_aside_follow_in_their_order(seed: int) -> None:
    places = ALL_ON.exploration_places
    always = replace(ALL_ON, exploration_rate=1)
    pipeline = Pipeline(always, random_films(seed), THIS_YEAR)
    scored = random_block(seed)

    explored = pipeline.rank(scored)
    plain = replace(pipeline, settings=replace(always, exploration_rate=0)).rank(scored)

    for viewer, items in enumerate(explored.items):
        drawn = explored.sources[viewer] == Source.EXPLORED
        assert set(np.flatnonzero(drawn).tolist()) <= set(places)
        kept = items[~drawn & (items != NOTHING)].tolist()
        others = [film for film in plain.items[viewer].tolist() if film not in set(items[drawn])]
        assert kept == others[: len(kept)]


def test_a_rebuild_draws_the_same_and_another_revision_others() -> None:
    users, revisions = np.arange(50), np.full(50, 3)

    drawn = uniforms(users, revisions, seed=0, count=4)

    np.testing.assert_array_equal(
        drawn[20:30], uniforms(users[20:30], revisions[:10], seed=0, count=4)
    )
    assert not np.intersect1d(drawn, uniforms(users, revisions + 1, seed=0, count=4)).size
    assert not np.intersect1d(drawn, uniforms(users, revisions, seed=1, count=4)).size
    assert 0 < drawn.min() < drawn.max() < 1
    assert drawn.mean() == pytest.approx(0.5, abs=0.1)


def test_the_pool_is_what_has_the_fewest_events_after_the_places() -> None:
    popularity = np.array([[0, 9, 3, 1, 3, 2]])
    listed = np.array([[True, True, True, True, True, False]])

    assert pool_of(popularity, listed, start=2, size=3).tolist() == [[3, 2, 4]]


def test_a_list_that_ends_before_the_places_is_not_explored() -> None:
    always = replace(ALL_ON, exploration_rate=1, exploration_places=(30,))

    ranked = Pipeline(always, random_films(2), THIS_YEAR).rank(random_block(2))

    assert Source.EXPLORED not in set(ranked.sources.ravel().tolist())


def test_a_film_next_to_impossible_is_drawn_last_with_certainty() -> None:
    explored = explore(
        6,
        pool=np.array([[4, 5]]),
        logits=np.array([[0.0, -40.0]]),
        places=(0, 1, 2),
        rate=1,
        chances=np.full((1, 5), 0.5),
    )

    assert explored.order.tolist() == [[4, 5, 0, 1, 2, 3]]
    assert explored.is_explored.tolist() == [[True, True, False, False, False, False]]
    assert explored.propensities.tolist() == [[1, 1, 1, 1, 1, 1]]
