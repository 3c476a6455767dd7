import numpy as np
import pytest

from services.recommender.blend import Blend, BlendSettings, Member, fit_blend
from services.recommender.kinds import KINDS, kind_of
from services.recommender.nested_arrays import under, within
from services.recommender.registry import MODELS

from .audiences import assert_scores_alike, random_grades, random_viewers
from .catalogues import known_by, random_catalogue

SINGLE = sorted(set(MODELS) - {"pair", "blend", "shrunk_blend"})


@pytest.mark.parametrize("name", SINGLE)
def test_every_model_can_be_stored_in_a_blend(name: str) -> None:
    known = known_by(random_catalogue(1), random_grades(1))
    model = fit_blend(known, BlendSettings({name: Member(MODELS[name], 0.7, 0.1)}))

    read = Blend.from_arrays(model.to_arrays())

    assert_scores_alike(read, model, random_viewers(2))


def test_every_kind_is_one_of_a_model_that_can_be_trained() -> None:
    known = known_by(random_catalogue(1), random_grades(1))

    assert {kind_of(MODELS[name](known)) for name in SINGLE} == set(KINDS)


def test_arrays_under_a_prefix_are_found_again_and_no_others() -> None:
    arrays = {"values": np.arange(3), "inner.values": np.arange(2)}
    stored = under("one", arrays) | under("one_more", {"values": np.zeros(1)})

    assert list(within("one", stored)) == ["values", "inner.values"]
    assert within("one", stored)["inner.values"] is arrays["inner.values"]
    assert within("two", stored) == {}
