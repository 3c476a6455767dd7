import numpy as np
import pytest

from services.recommender import local_ridge
from services.recommender.blend import Blend, Part
from services.recommender.interactions import Interactions
from services.recommender.item_model import CONTENT_PROFILE, ItemModel
from services.recommender.model import TrainingSet
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import Source
from services.recommender.served_model import BLEND, ServedModel
from services.recommender.viewers import Viewers

from .matrices import random_scores


def blended(interactions: Interactions) -> ServedModel:
    of = TrainingSet(interactions, graded=True)
    return ServedModel(Blend([Part("local_ridge", local_ridge.fit(of), 1.0)]), Films.of(of))


def test_a_model_is_read_as_it_was_stored() -> None:
    interactions = random_scores(3)
    model = blended(interactions)

    again = ServedModel.from_arrays(model.to_arrays())

    viewers = Viewers(interactions.matrix[:5])
    assert again.kind == BLEND
    assert again.backed_by is Source.PERSONAL
    np.testing.assert_array_equal(again.scorer.scores(viewers), model.scorer.scores(viewers))
    np.testing.assert_array_equal(again.films.vectors, model.films.vectors)


def test_a_content_profile_is_served_by_itself() -> None:
    model = blended(random_scores(4))
    content = ItemModel.from_arrays(
        {**model.item_model.to_arrays(), "kind": np.asarray(CONTENT_PROFILE)}
    )

    again = ServedModel.from_arrays(ServedModel(content, model.films).to_arrays())

    assert again.kind == CONTENT_PROFILE
    assert again.backed_by is Source.SIMILAR
    np.testing.assert_array_equal(again.item_model.values, content.values)


def test_facts_of_other_films_are_refused() -> None:
    few, many = blended(random_scores(1, items=10)), blended(random_scores(1, items=20))

    with pytest.raises(ValueError, match="other films"):
        ServedModel(few.scorer, many.films)


def test_an_unknown_kind_is_refused() -> None:
    arrays = blended(random_scores(1)).to_arrays()

    with pytest.raises(ValueError, match="local_ridge"):
        ServedModel.from_arrays({**arrays, "kind": np.asarray("local_ridge")})
