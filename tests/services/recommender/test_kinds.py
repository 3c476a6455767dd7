from dataclasses import replace

import numpy as np
import pytest

from services.recommender.blend import Blend, BlendSettings, Member, fit_blend
from services.recommender.kinds import KINDS, kind_of
from services.recommender.nested_arrays import under, within
from services.recommender.registry import MODELS

from .audiences import assert_scores_alike, random_grades, random_viewers
from .catalogues import known_by, random_catalogue

SINGLE = sorted(set(MODELS) - {"pair", "blend", "shrunk_blend", "cold_items"})


@pytest.mark.parametrize("name", SINGLE)
def test_every_model_can_be_stored_in_a_blend(name: str) -> None:
    known = known_by(random_catalogue(1), random_grades(1))
    model = fit_blend(known, BlendSettings({name: Member(MODELS[name], 0.7, 0.1)}))

    read = Blend.from_arrays(model.to_arrays())

    assert_scores_alike(read, model, random_viewers(2))


@pytest.mark.parametrize("name", MODELS)
def test_ids_of_films_may_be_as_long_as_isbns(name: str) -> None:
    item_ids = 9_780_000_000_000 + 3_000_000_000 * np.arange(20)
    small = known_by(random_catalogue(1), random_grades(1))
    assert small.catalogue is not None
    large = replace(
        small,
        interactions=replace(small.interactions, item_ids=item_ids),
        catalogue=replace(small.catalogue, item_ids=item_ids, related={}),
    )

    assert MODELS[name](large).item_ids.tolist() == item_ids.tolist()


def test_every_kind_is_one_of_a_model_that_can_be_trained() -> None:
    known = known_by(random_catalogue(1), random_grades(1))

    assert {kind_of(MODELS[name](known)) for name in SINGLE} == set(KINDS)


def test_arrays_under_a_prefix_are_found_again_and_no_others() -> None:
    arrays = {"values": np.arange(3), "inner.values": np.arange(2)}
    stored = under("one", arrays) | under("one_more", {"values": np.zeros(1)})

    assert list(within("one", stored)) == ["values", "inner.values"]
    assert within("one", stored)["inner.values"] is arrays["inner.values"]
    assert within("two", stored) == {}
