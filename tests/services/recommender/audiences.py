"""Small random audiences with grades, and what every model over them must keep to."""

import numpy as np
import scipy.sparse as sp
from numpy.random import default_rng

from services.recommender.arrays import SparseArray
from services.recommender.interactions import Interactions
from services.recommender.model import Model, TrainingSet
from services.recommender.viewers import Viewers


def random_grades(
    seed: int, *, users: int = 30, items: int = 20, filled: float = 0.3
) -> SparseArray:
    """Scores of 1-10; some users and some items may have none."""
    rng = default_rng(seed)
    given = rng.random((users, items)) < filled
    return sp.csr_array((given * rng.integers(1, 11, (users, items))).astype(np.float32))


def training_set_of(grades: SparseArray, *, graded: bool = True) -> TrainingSet:
    """Users and items with ids of their own; the entries' ages are 0, 10, 20 ... days."""
    users, items = grades.shape
    interactions = Interactions(np.arange(users) + 100, np.arange(items) * 3 + 7, grades)
    return TrainingSet(interactions, graded=graded, ages=np.arange(grades.nnz) * 10.0)


def random_viewers(seed: int, *, viewers: int = 9, items: int = 20) -> Viewers:
    """The first has no profile; the events of the others count in part."""
    grades = random_grades(seed, users=viewers, items=items)
    grades = sp.csr_array(sp.vstack([sp.csr_array((1, items), dtype=np.float32), grades[1:]]))
    decay = default_rng(seed).uniform(0.2, 1, grades.nnz).astype(np.float32)
    return Viewers(grades, decay)


def assert_explains_its_scores(model: Model, viewers: Viewers) -> None:
    """Contributions and constants add up to the score of every film for each viewer."""
    items = np.arange(model.item_ids.size)[::-1]
    for row in range(len(viewers)):
        viewer = viewers.rows(row, row + 1)
        scores = model.scores(viewer)[0]
        explanation = model.explain(viewer, items)
        scale = max(np.abs(scores).max(initial=0), 1e-3)
        # The scores are sums in float32, folded in by steps that end at a residual of 1e-6.
        np.testing.assert_allclose(explanation.totals(), scores[items], atol=3e-5 * scale)
        assert explanation.contributions.shape == (items.size, explanation.inputs.size)


def assert_scores_alike(one: Model, other: Model, viewers: Viewers) -> None:
    np.testing.assert_array_equal(one.scores(viewers), other.scores(viewers))


def assert_blocks_do_not_matter(model: Model, viewers: Viewers) -> None:
    whole = model.scores(viewers)
    pieces = [model.scores(viewers.rows(row, row + 1)) for row in range(len(viewers))]
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=2e-5, rtol=1e-4)
    assert np.isfinite(whole).all()
    assert model.scores(viewers.rows(0, 0)).shape == (0, whole.shape[1])
