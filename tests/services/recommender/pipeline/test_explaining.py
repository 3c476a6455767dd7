from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from services.recommender import popularity_shrinkage
from services.recommender.item_model import ItemModel
from services.recommender.model import Model
from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.explaining import explain_blended
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers
from services.recommender.popularity import POPULARITY, Popularity
from services.recommender.popularity_shrinkage import PopularityShrinkage
from services.recommender.shrinkage import NORMALISATION
from services.recommender.viewers import Viewers
from tests.services.recommender.matrices import random_model, seeds

from .blocks import ALL_ON, THIS_YEAR, random_films


def already_shrunk(model: ItemModel) -> Model:
    popularity = Popularity(model.item_ids, model.popularity)
    return PopularityShrinkage(model, popularity, popularity_shrinkage.GRADED)


@settings(max_examples=30)
@given(seeds, st.booleans())
def test_contributions_and_constants_add_up_to_the_scores_of_the_list(
    seed: int,
    twice: bool,  # noqa: FBT001
) -> None:
    rng, bare = default_rng(seed), random_model(seed)
    model = already_shrunk(bare) if twice else bare
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
    assert set(told.constants) == {NORMALISATION, POPULARITY}
    assert told.contributions.shape == (listed.size, viewers.grades.nnz)
