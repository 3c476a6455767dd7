from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from numpy.random import default_rng

from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.explaining import NORMALISATION, PRIOR, explain_blended
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers
from services.recommender.viewers import Viewers
from tests.services.recommender.matrices import random_model, seeds

from .blocks import ALL_ON, THIS_YEAR, random_films


@settings(max_examples=30)
@given(seeds)
def test_contributions_and_constants_add_up_to_the_scores_of_the_list(seed: int) -> None:
    rng, model = default_rng(seed), random_model(seed)
    items = model.item_ids.size
    grades = rng.integers(1, 11, (1, items)) * (rng.random((1, items)) < rng.uniform(0, 0.5))
    viewers = Viewers(sp.csr_array(grades.astype(np.float32)))
    pipeline = Pipeline(
        ALL_ON, replace(random_films(seed, items), item_ids=model.item_ids), THIS_YEAR
    )
    scored = ScoredViewers(model.scores(viewers), viewers, np.array([1]), np.array([0]))
    ranked = pipeline.rank(scored)
    listed = ranked.items[0][ranked.items[0] != NOTHING]

    told = explain_blended(pipeline, scored, model.explain(viewers, listed))

    np.testing.assert_allclose(told.totals(), ranked.scores[0, : listed.size], rtol=1e-5, atol=1e-5)
    assert set(told.constants) == {NORMALISATION, PRIOR}
    assert told.contributions.shape == (listed.size, viewers.grades.nnz)
