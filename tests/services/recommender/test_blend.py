from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples
from numpy.typing import NDArray

from services.recommender import blend, ials, local_ridge
from services.recommender.blend import (
    PAIR,
    Blend,
    BlendSettings,
    Member,
    default_settings,
    fit_blend,
    trio,
)
from services.recommender.model import Model, TrainingSet
from services.recommender.popularity import Popularity, fit_popularity
from services.recommender.user_kernel import UserKernelSettings, fit_user_kernel
from services.recommender.viewers import Viewers

from .audiences import (
    assert_blocks_do_not_matter,
    assert_explains_its_scores,
    assert_scores_alike,
    random_grades,
    random_viewers,
    training_set_of,
)
from .matrices import seeds


def small_ials(training_set: TrainingSet) -> Model:
    return ials.fit(training_set, replace(ials.GRADED, factors=4, epochs=2))


def all_alike(training_set: TrainingSet) -> Model:
    """A tenth has no exact mean in float32, which must not pass for a deviation."""
    item_ids = training_set.interactions.item_ids
    return Popularity(item_ids, np.full(item_ids.size, 0.1, np.float32))


def three_films(_: TrainingSet) -> Model:
    return Popularity(np.arange(3), np.zeros(3, np.float32))


def blend_of(**members: Member) -> BlendSettings:
    return BlendSettings(MappingProxyType(members))


MIXED = blend_of(
    local_ridge=Member(local_ridge.fit, 0.2),
    ials=Member(small_ials, 0.3, popularity_discount=0.4),
    user_kernel=Member(fit_user_kernel, 0.4, popularity_discount=-0.2),
    popularity=Member(fit_popularity, 0.1),
)


def textbook(
    training_set: TrainingSet, viewers: Viewers, settings: BlendSettings
) -> NDArray[np.float64]:
    """Sum of weight x z(score x (d / mean d) ** -discount), dense, in float64."""
    counts = np.maximum(np.bincount(training_set.interactions.matrix.indices, minlength=20), 1)
    blended = np.zeros((len(viewers), 20))
    for member in settings.members.values():
        scores = member.fit(training_set).scores(viewers).astype(np.float64)
        scores *= (counts / counts.mean()) ** -member.popularity_discount
        deviation = scores.std(axis=1, keepdims=True)
        z = (scores - scores.mean(axis=1, keepdims=True)) / np.where(deviation > 0, deviation, 1)
        blended += member.weight * z
    return blended


@examples(max_examples=30)
@given(seeds)
def test_scores_are_those_of_the_textbook(seed: int) -> None:
    known, viewers = training_set_of(random_grades(seed)), random_viewers(seed + 1)

    scores = fit_blend(known, MIXED).scores(viewers)

    np.testing.assert_allclose(scores, textbook(known, viewers, MIXED), atol=2e-5)


@examples(max_examples=30)
@given(seeds)
def test_contributions_and_constants_add_up_to_the_scores(seed: int) -> None:
    model = fit_blend(training_set_of(random_grades(seed)), MIXED)

    assert_explains_its_scores(model, random_viewers(seed + 1, viewers=3))


def test_constants_are_called_after_the_part_they_are_of() -> None:
    model = fit_blend(training_set_of(random_grades(1)), MIXED)
    viewer = random_viewers(2).rows(3, 4)

    explanation = model.explain(viewer, np.array([4, 2]))

    assert list(explanation.constants) == [
        "local_ridge.normalisation",
        "ials.normalisation",
        "user_kernel.empty_profile",
        "user_kernel.normalisation",
        "popularity",
    ]
    assert explanation.inputs.tolist() == viewer.grades.indices.tolist()
    popularity = fit_popularity(training_set_of(random_grades(1))).popularity
    z = (popularity - popularity.mean()) / popularity.std()
    np.testing.assert_allclose(explanation.constants["popularity"], 0.1 * z[[4, 2]], rtol=1e-5)


def test_a_member_whose_scores_are_all_alike_adds_nothing() -> None:
    known, viewers = training_set_of(random_grades(3)), random_viewers(4)
    alone = blend_of(local_ridge=Member(local_ridge.fit, 0.5))
    joined = blend_of(local_ridge=Member(local_ridge.fit, 0.5), alike=Member(all_alike, 7.0))

    model = fit_blend(known, joined)

    assert_scores_alike(model, fit_blend(known, alone), viewers)
    assert model.explain(viewers.rows(2, 3), np.arange(3)).constants["alike"].tolist() == [0, 0, 0]


def test_blocks_of_viewers_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    model, viewers = fit_blend(training_set_of(random_grades(3)), MIXED), random_viewers(4)
    whole = model.scores(viewers)
    assert_blocks_do_not_matter(model, viewers)

    monkeypatch.setattr(blend, "_ENTRIES", 45)

    np.testing.assert_allclose(model.scores(viewers), whole, atol=2e-5)


@pytest.mark.parametrize("graded", [True, False])
def test_small_populations_get_three_models_and_large_ones_two(
    graded: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = training_set_of(random_grades(5), graded=graded)

    assert [part.name for part in fit_blend(known).parts] == list(trio(30).members)
    assert np.isfinite(fit_blend(known).scores(random_viewers(1))).all()

    monkeypatch.setattr(UserKernelSettings, "max_users", 29)

    assert default_settings(known) == PAIR


@pytest.mark.parametrize(("users", "kernel"), [(0, 0), (1_000, 0.375), (4_000, 0.6)])
def test_the_kernel_weighs_more_the_more_users_it_knows(users: int, kernel: float) -> None:
    weights = {name: member.weight for name, member in trio(users).members.items()}

    assert weights["user_kernel"] == pytest.approx(kernel)
    assert weights["local_ridge"] / weights["ials"] == pytest.approx(3 / 5)
    assert sum(weights.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "grades",
    [
        sp.csr_array(np.full((3, 1), 8, np.float32)),
        sp.csr_array(np.full((4, 20), 6, np.float32)),
        sp.csr_array((3, 20), dtype=np.float32),
    ],
    ids=["one film", "equal scores", "no events"],
)
def test_poor_data_give_finite_scores(grades: Any) -> None:
    model = fit_blend(training_set_of(grades), MIXED)
    viewers = random_viewers(1, items=grades.shape[1])

    scores = model.scores(viewers)

    assert scores.shape == (9, grades.shape[1])
    assert np.isfinite(scores).all()
    assert model.scores(viewers.rows(0, 0)).shape == (0, grades.shape[1])


def test_members_that_know_other_films_and_no_members_are_refused() -> None:
    known = training_set_of(random_grades(1))
    ridge = Member(local_ridge.fit, 1.0)

    with pytest.raises(ValueError, match="stranger knows other films than ridge"):
        fit_blend(known, blend_of(ridge=ridge, stranger=Member(three_films, 1.0)))
    with pytest.raises(ValueError, match="needs a member"):
        Blend([])


def test_a_model_comes_back_from_memory_maps_as_it_was(tmp_path: Path) -> None:
    model = fit_blend(training_set_of(random_grades(2)), MIXED)
    for name, array in model.to_arrays().items():
        np.save(tmp_path / name, array)

    mapped = {path.stem: np.load(path, mmap_mode="r") for path in tmp_path.iterdir()}
    read = Blend.from_arrays(mapped)

    assert [part.name for part in read.parts] == list(MIXED.members)
    assert np.shares_memory(
        read.parts[1].model.to_arrays()["factors"], mapped["ials.model.factors"]
    )
    assert_scores_alike(read, model, random_viewers(3))


def test_a_model_that_cannot_be_read_again_is_not_stored() -> None:
    known = training_set_of(random_grades(2))
    inner = fit_blend(known, MIXED)

    with pytest.raises(ValueError, match="a Blend is no kind"):
        fit_blend(known, blend_of(inner=Member(lambda _: inner, 1.0))).to_arrays()
