from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from numpy.random import default_rng

from services.recommender.item_model import LOCAL_RIDGE, ItemModel
from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.links import Links
from services.recommender.pipeline.ranking import Pipeline, RankedBlock, ScoredViewers
from services.recommender.pipeline.reasons import REASONS, Reasons, find_reasons
from services.recommender.pipeline.sources import BACKED, Source
from services.recommender.viewers import Viewers
from services.recommender.weights import FOLD_IN, LIKED_SCORE
from tests.services.recommender.matrices import random_model, seeds

from .blocks import OFF, random_films


def block_of(model: ItemModel, seed: int) -> tuple[RankedBlock, Viewers]:
    """Lists of bare scores, for viewers whose older events count less."""
    rng = default_rng(seed)
    items = model.item_ids.size
    grades = rng.integers(1, 11, (6, items)) * (rng.random((6, items)) < rng.uniform(0, 0.5))
    entries = sp.csr_array(grades.astype(np.float32))
    viewers = Viewers(entries, rng.uniform(0.2, 1, entries.nnz).astype(np.float32))
    films = replace(random_films(seed, items), item_ids=model.item_ids)
    scored = ScoredViewers(model.scores(viewers), viewers, np.arange(6), np.arange(6))
    return Pipeline(OFF, films).rank(scored), viewers


def reasons_of(model: ItemModel, viewers: Viewers, ranked: RankedBlock) -> Reasons:
    return find_reasons(Links.of(model), viewers, ranked)


@settings(max_examples=30)
@given(seeds)
def test_reasons_are_the_liked_films_with_the_greatest_true_contributions(seed: int) -> None:
    model = random_model(seed)
    ranked, viewers = block_of(model, seed)

    reasons = reasons_of(model, viewers, ranked)

    weights = viewers.weighted(FOLD_IN).toarray()
    liked = viewers.grades.toarray() >= LIKED_SCORE
    for viewer, place in np.argwhere(np.isin(ranked.sources, BACKED)):
        column = ranked.items[viewer, place]
        speaks = weights[viewer] * np.maximum(model.matrix.toarray()[:, column], 0)
        named = reasons.contributors[viewer, place]
        greatest = np.sort(speaks * liked[viewer])[::-1][:REASONS]
        contributions = reasons.contributions[viewer, place]
        np.testing.assert_allclose(contributions, greatest, rtol=1e-5)
        np.testing.assert_allclose(reasons.totals[viewer, place], speaks.sum(), rtol=1e-5)
        assert (named != NOTHING).tolist() == (greatest > 0).tolist()
        np.testing.assert_allclose(speaks[named[greatest > 0]], greatest[greatest > 0], rtol=1e-5)
        assert liked[viewer, named[greatest > 0]].all()
    others = ~np.isin(ranked.sources, BACKED)
    assert (reasons.contributors[others] == NOTHING).all()
    assert not reasons.contributions[others].any()
    assert not reasons.totals[others].any()


def test_what_was_not_liked_speaks_for_a_film_without_a_name() -> None:
    model = pointing_at_last([1.0, 1.0])
    viewers = Viewers(sp.csr_array(np.array([[8, 6, 0, 0]], np.float32)))
    scored = ScoredViewers(model.scores(viewers), viewers, np.ones(1), np.ones(1))
    ranked = Pipeline(OFF, replace(random_films(1, 4), item_ids=model.item_ids)).rank(scored)

    reasons = reasons_of(model, viewers, ranked)

    place = ranked.items[0].tolist().index(3)
    assert reasons.contributors[0, place].tolist() == [0, NOTHING]
    assert reasons.contributions[0, place].tolist() == [1, 0]
    assert reasons.totals[0, place] == pytest.approx(1.6)


def test_an_explored_film_names_nothing() -> None:
    model = random_model(4)
    ranked, viewers = block_of(model, 4)
    explored = replace(ranked, sources=np.full_like(ranked.sources, Source.EXPLORED))

    reasons = reasons_of(model, viewers, explored)

    assert not reasons.totals.any()
    assert (reasons.contributors == NOTHING).all()


def pointing_at_last(weights: list[float]) -> ItemModel:
    """Four films, of which the first ones speak for the last."""
    counts = np.arange(5).clip(max=len(weights))
    return ItemModel(
        LOCAL_RIDGE,
        item_ids=np.arange(4, dtype=np.int32),
        indptr=counts.astype(np.int32),
        indices=np.full(len(weights), 3, np.int32),
        values=np.array(weights, np.float32),
        popularity=np.ones(4, np.float32),
    )


def test_a_model_without_weights_names_nothing() -> None:
    model = random_model(4)
    ranked, viewers = block_of(model, 4)
    empty = replace(
        model,
        indptr=np.zeros_like(model.indptr),
        indices=model.indices[:0],
        values=model.values[:0],
    )

    reasons = reasons_of(empty, viewers, ranked)

    assert (reasons.contributors == NOTHING).all()
    assert not reasons.contributions.any()
    assert not reasons.totals.any()


def test_of_equal_contributions_the_first_film_is_named_first() -> None:
    model = pointing_at_last([0.25, 0.25, 0.25])
    viewers = Viewers(sp.csr_array(np.array([[8, 10, 8, 0]], np.float32)))
    scored = ScoredViewers(model.scores(viewers), viewers, np.ones(1), np.ones(1))
    ranked = Pipeline(OFF, replace(random_films(1, 4), item_ids=model.item_ids)).rank(scored)

    reasons = reasons_of(model, viewers, ranked)

    assert ranked.items.tolist() == [[3, NOTHING, NOTHING, NOTHING]]
    assert reasons.contributors[0].tolist() == [[1, 0], *[[NOTHING] * 2] * 3]
    np.testing.assert_allclose(reasons.contributions[0, 0], [0.3, 0.25])
