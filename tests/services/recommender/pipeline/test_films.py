import numpy as np
from hypothesis import given

from services.recommender.catalogue import Catalogue
from services.recommender.model import TrainingSet
from services.recommender.pipeline.diversity import co_rating_vectors
from services.recommender.pipeline.films import Films
from tests.services.recommender.matrices import random_interactions, seeds


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
    first, second = interactions.item_ids[:2].tolist()
    features = [frozenset({"genre:drama", "decade:1990"})] * 2 + [frozenset({"genre:comedy"})]
    catalogue = Catalogue(
        item_ids=interactions.item_ids,
        features=features + [frozenset()] * (items - 3),
        vote_counts=np.zeros(items, np.float32),
        vote_averages=np.zeros(items, np.float32),
        years=np.full(items, 1994, np.int32),
        related={first: [second, 10**9]},
    )

    films = Films.of(TrainingSet(interactions, catalogue=catalogue))
    stored = Films.from_arrays(films.to_arrays())

    assert films.popularity.tolist() == (interactions.matrix.toarray() > 0).sum(axis=0).tolist()
    assert films.genres[:4].tolist() == [[False, True], [False, True], [True, False], [False] * 2]
    assert set(films.years.tolist()) == {1994}
    for name, array in films.to_arrays().items():
        np.testing.assert_array_equal(array, stored.to_arrays()[name])
    assert films.events.tolist() == films.popularity.tolist()
    assert films.related[[0]].indices.tolist() == [1]
    assert films.related[0, 1] == 2 * films.related[1, 0] == 1
    assert Films.of(TrainingSet(interactions)).genres.shape == (items, 0)
