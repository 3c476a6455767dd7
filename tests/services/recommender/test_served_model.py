from dataclasses import replace

import numpy as np
import pytest

from services.recommender import local_ridge
from services.recommender.blend import Blend, Part, fit_blend
from services.recommender.cold_items import ColdItems
from services.recommender.ials import fit as fit_ials
from services.recommender.interactions import Interactions
from services.recommender.item_model import CONTENT_PROFILE
from services.recommender.model import TrainingSet
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.sources import Source
from services.recommender.served_model import BLEND, ServedModel
from services.recommender.viewers import Viewers

from .audiences import random_grades
from .catalogues import bare_catalogue, known_by, random_catalogue
from .matrices import random_scores


def blended(interactions: Interactions) -> ServedModel:
    of = TrainingSet(interactions, graded=True)
    blend = Blend([Part("local_ridge", local_ridge.fit(of), 1.0)])
    return ServedModel.of_blend(blend, Films.of(of), bare_catalogue(interactions.item_ids))


def test_a_model_is_read_as_it_was_stored() -> None:
    interactions = random_scores(3)
    model = blended(interactions)

    again = ServedModel.from_arrays(model.to_arrays())

    viewers = Viewers(interactions.matrix[:5])
    assert again.kind == BLEND
    assert again.backed_by is Source.PERSONAL
    np.testing.assert_array_equal(again.scorer.scores(viewers), model.scorer.scores(viewers))
    np.testing.assert_array_equal(again.films.vectors, model.films.vectors)
    np.testing.assert_array_equal(again.links.weights, model.links.weights)
    assert again.links.fold_in == model.links.fold_in


def test_a_content_profile_is_served_by_itself() -> None:
    model = blended(random_scores(4))
    ridge = local_ridge.fit(TrainingSet(random_scores(4), graded=True))
    content = replace(ridge, kind=CONTENT_PROFILE)

    again = ServedModel.from_arrays(ServedModel.of_content(content, model.films).to_arrays())

    assert again.kind == CONTENT_PROFILE
    assert again.backed_by is Source.SIMILAR
    np.testing.assert_array_equal(again.scorer.to_arrays()["values"], content.values)


def test_a_blend_is_carried_to_films_of_which_the_catalogue_alone_tells() -> None:
    catalogue, grades = random_catalogue(2), random_grades(2)
    rated = catalogue.item_ids[:-3]
    training_set = known_by(catalogue.on_items(rated), grades[:, :-3])
    blend, films = fit_blend(training_set), Films.of(training_set)

    model = ServedModel.of_blend(blend, films, catalogue)

    assert isinstance(model.scorer, ColdItems)
    assert model.item_ids.tolist() == catalogue.item_ids.tolist()
    assert model.films.events.tolist() == [*films.events.tolist(), 0, 0, 0]
    assert model.films.years.tolist() == catalogue.years.tolist()
    assert model.films.related.shape == (20, 20)
    guessed = np.maximum(model.scorer.carried(films.popularity[None])[0], 0)
    np.testing.assert_array_equal(model.films.popularity, guessed)
    columns, known = model.locate(np.array([catalogue.item_ids[-1], 10**9]))
    assert (columns[0], known.tolist()) == (19, [True, False])


def test_films_that_the_catalogue_lacks_are_refused() -> None:
    training_set = known_by(None, random_grades(2))

    with pytest.raises(ValueError, match="not among those"):
        ServedModel.of_blend(
            fit_blend(training_set),
            Films.of(training_set),
            bare_catalogue(training_set.interactions.item_ids[:-1]),
        )


def test_a_blend_without_an_item_model_is_refused() -> None:
    training_set = known_by(None, random_grades(2))
    blend = Blend([Part("ials", fit_ials(training_set), 1.0)])

    with pytest.raises(ValueError, match="no reasons"):
        ServedModel.of_blend(
            blend, Films.of(training_set), bare_catalogue(training_set.interactions.item_ids)
        )


def test_facts_of_other_films_are_refused() -> None:
    few, many = blended(random_scores(1, items=10)), blended(random_scores(1, items=20))

    with pytest.raises(ValueError, match="other films"):
        ServedModel(few.scorer, many.films, few.links)


def test_an_unknown_kind_is_refused() -> None:
    arrays = blended(random_scores(1)).to_arrays()

    with pytest.raises(ValueError, match="local_ridge"):
        ServedModel.from_arrays({**arrays, "kind": np.asarray("local_ridge")})


def test_locate_tells_known_films_from_unknown_ones() -> None:
    model = blended(random_scores(1))
    third, first = model.item_ids[3], model.item_ids[0]

    columns, known = model.locate(np.array([third, 0, 10**9, first]))

    assert known.tolist() == [True, False, False, True]
    assert columns[known].tolist() == [3, 0]
