from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from numpy.random import default_rng

from services.recommender import ranking
from services.recommender.arrays import SparseArray
from services.recommender.item_model import LOCAL_RIDGE, ItemModel
from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.ranking import Pipeline, RankedBlock, ScoredViewers
from services.recommender.pipeline.reasons import Links, find_reasons
from services.recommender.viewers import Viewers
from services.recommender.weights import FOLD_IN
from tests.services.recommender.matrices import random_model, seeds

from .blocks import OFF, random_films


def block_of(model: ItemModel, seed: int) -> tuple[RankedBlock, SparseArray]:
    """Lists of bare scores, and the weights of the films that the viewers liked."""
    rng = default_rng(seed)
    items = model.item_ids.size
    grades = rng.integers(1, 11, (6, items)) * (rng.random((6, items)) < rng.uniform(0, 0.5))
    viewers = Viewers(sp.csr_array(grades.astype(np.float32)))
    films = replace(random_films(seed, items), item_ids=model.item_ids)
    scored = ScoredViewers(model.scores(viewers), viewers, np.arange(6), np.arange(6))
    liked = viewers.grades.copy()
    liked.data = np.where(liked.data >= 7, FOLD_IN(liked.data), 0).astype(np.float32)
    return Pipeline(OFF, films).rank(scored), liked


@settings(max_examples=30)
@given(seeds)
def test_reasons_are_the_same_that_one_viewer_gets_alone(seed: int) -> None:
    model = random_model(seed)
    ranked, liked = block_of(model, seed)

    reasons = find_reasons(Links.of(model), liked, ranked)

    for viewer, items in enumerate(ranked.items):
        mine = liked[[viewer]]
        listed = items[items != NOTHING]
        positions, contributions = ranking.explain(model.matrix[mine.indices], mine.data, listed)
        backed = (ranked.affinities[viewer, : listed.size] > 0)[:, None]
        named = (contributions > 0) & backed
        found = reasons.contributions[viewer, : listed.size]
        np.testing.assert_allclose(found, np.where(backed, contributions, 0), rtol=1e-6)
        contributors = np.full(named.shape, NOTHING)
        contributors[named] = mine.indices[positions[named]]
        np.testing.assert_array_equal(reasons.contributors[viewer, : listed.size], contributors)
        assert (reasons.contributors[viewer, listed.size :] == NOTHING).all()
        assert not reasons.contributions[viewer, listed.size :].any()


def test_links_hold_what_speaks_for_a_film_and_nothing_against_it() -> None:
    model = random_model(4)

    links = Links.of(model)

    dense = np.zeros((model.item_ids.size, model.item_ids.size + 1), np.float32)
    np.put_along_axis(dense, links.inputs, links.weights, axis=1)
    np.testing.assert_array_equal(dense[:, :-1], np.maximum(model.matrix.toarray().T, 0))


def test_a_model_without_weights_names_nothing() -> None:
    model = random_model(4)
    ranked, liked = block_of(model, 4)
    empty = replace(
        model,
        indptr=np.zeros_like(model.indptr),
        indices=model.indices[:0],
        values=model.values[:0],
    )

    reasons = find_reasons(Links.of(empty), liked, ranked)

    assert (reasons.contributors == NOTHING).all()
    assert not reasons.contributions.any()


def test_of_equal_contributions_the_first_film_is_named_first() -> None:
    model = ItemModel(
        LOCAL_RIDGE,
        item_ids=np.arange(4, dtype=np.int32),
        indptr=np.array([0, 1, 2, 3, 3], np.int32),
        indices=np.array([3, 3, 3], np.int32),
        values=np.array([0.25, 0.5, 0.25], np.float32),
        popularity=np.ones(4, np.float32),
    )
    liked = sp.csr_array(np.array([[2, 1, 2, 0]], np.float32))
    scored = ScoredViewers(model.scores(Viewers(liked)), Viewers(liked), np.ones(1), np.ones(1))
    ranked = Pipeline(OFF, replace(random_films(1, 4), item_ids=model.item_ids)).rank(scored)

    reasons = find_reasons(Links.of(model), liked, ranked)

    assert ranked.items.tolist() == [[3, NOTHING, NOTHING, NOTHING]]
    assert reasons.contributors[0].tolist() == [[0, 1], *[[NOTHING] * 2] * 3]
    assert reasons.contributions[0].tolist() == [[0.5, 0.5], *[[0, 0]] * 3]
