from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given

from services.recommender.catalogue import Catalogue
from services.recommender.model import TrainingSet
from services.recommender.pipeline.diversity import co_rating_vectors
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.recency import RecencySettings, fade
from services.recommender.weights import UNARY
from tests.services.recommender.matrices import random_interactions, seeds

from .blocks import random_block


@given(seeds)
def test_inner_products_of_enough_dimensions_are_co_rating_cosines(seed: int) -> None:
    events = random_interactions(seed).matrix
    rated = (events.toarray() > 0).astype(np.float64)
    lengths = np.linalg.norm(rated, axis=0)
    cosines = rated.T @ rated / np.outer(lengths, lengths)

    vectors = co_rating_vectors(events, dimensions=30)
    few = co_rating_vectors(events, dimensions=8)

    np.testing.assert_allclose(vectors @ vectors.T, cosines, atol=1e-4)
    best = np.linalg.eigvalsh(cosines)[::-1]
    error = np.linalg.norm(few @ few.T - cosines)
    assert error <= 1.1 * np.sqrt((best[8:] ** 2).sum())
    np.testing.assert_array_equal(few, co_rating_vectors(events, dimensions=8))


def test_films_without_events_are_like_no_other() -> None:
    interactions = random_interactions(3)
    wider = interactions.matrix.copy()
    wider.resize((wider.shape[0], wider.shape[1] + 2))

    assert not co_rating_vectors(wider)[-2:].any()
    assert not co_rating_vectors(wider[:0]).any()


def test_films_are_read_from_a_training_set_and_stored_as_arrays() -> None:
    interactions = random_interactions(3)
    items = interactions.item_ids.size
    features = [frozenset({"genre:drama", "decade:1990"})] * 2 + [frozenset({"genre:comedy"})]
    catalogue = Catalogue(
        item_ids=interactions.item_ids,
        features=features + [frozenset()] * (items - 3),
        vote_counts=np.zeros(items, np.float32),
        vote_averages=np.zeros(items, np.float32),
        years=np.full(items, 1994, np.int32),
        related={},
    )

    films = Films.of(TrainingSet(interactions, catalogue=catalogue))
    stored = Films.from_arrays(films.to_arrays())

    assert films.popularity.tolist() == (interactions.matrix.toarray() > 0).sum(axis=0).tolist()
    assert films.genres[:4].tolist() == [[False, True], [False, True], [True, False], [False] * 2]
    assert set(films.years.tolist()) == {1994}
    for each in fields(Films):
        np.testing.assert_array_equal(getattr(films, each.name), getattr(stored, each.name))
    assert Films.of(TrainingSet(interactions)).genres.shape == (items, 0)


def test_events_fade_to_the_floor_or_not_at_all() -> None:
    viewers = random_block(2).viewers
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
