import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as examples
from numpy.random import default_rng

from services.recommender import content_profile
from services.recommender.content_profile import (
    ContentProfile,
    ContentProfileSettings,
    ContentRankingSettings,
    fit_content_profile,
)
from services.recommender.item_model import CONTENT_PROFILE, ItemModel
from services.recommender.viewers import Viewers

from .audiences import (
    assert_blocks_do_not_matter,
    assert_explains_its_scores,
    assert_scores_alike,
    random_grades,
    random_viewers,
)
from .catalogues import known_by, random_catalogue
from .matrices import dense_weights, seeds

FILMS = {
    1: ("genre:horror", "decade:1980", "language:en"),
    2: ("genre:horror", "decade:1980", "language:en"),
    3: ("genre:horror", "decade:1990", "language:en"),
    4: ("genre:horror", "decade:2010", "language:en"),
    5: ("genre:horror", "genre:comedy", "decade:1980", "language:en"),
    6: ("genre:drama", "decade:1980", "language:en"),
    7: ("genre:drama", "decade:1990", "language:en"),
    8: ("genre:drama", "decade:2010", "language:fr"),
    9: ("genre:drama", "decade:2010", "language:en"),
}


def fit(films: dict[int, tuple[str, ...]], **settings: float) -> ItemModel:
    return fit_content_profile(
        list(films),
        list(films.values()),
        popularity=np.zeros(len(films)),
        settings=ContentProfileSettings(**settings),  # type: ignore[arg-type]
    )


def similarity(model: ItemModel, one: int, other: int) -> float:
    rows = np.searchsorted(model.item_ids, [one, other])
    assert model.item_ids[rows].tolist() == [one, other]
    return float(dense_weights(model)[rows[0], rows[1]])


def test_films_of_equal_facts_are_as_similar_as_can_be_and_others_less() -> None:
    model = fit(FILMS)

    assert model.kind == CONTENT_PROFILE
    assert similarity(model, 1, 2) == pytest.approx(1)
    assert 0 < similarity(model, 1, 5) < 1


def test_a_genre_in_common_counts_more_than_a_decade_in_common() -> None:
    model = fit(FILMS)

    assert similarity(model, 1, 4) > similarity(model, 1, 6)


def test_the_next_decade_is_closer_than_a_distant_one() -> None:
    model = fit(FILMS)

    assert similarity(model, 1, 2) > similarity(model, 1, 3) > similarity(model, 1, 4)


def test_a_rare_feature_ties_films_closer_than_a_frequent_one() -> None:
    model = fit(
        {
            1: ("genre:drama", "genre:western"),
            2: ("genre:western", "genre:war"),
            3: ("genre:drama", "genre:war"),
            **dict.fromkeys(range(4, 20), ("genre:drama",)),
        }
    )

    assert similarity(model, 1, 2) > similarity(model, 1, 3)


def test_sharpness_is_the_power_of_the_cosine() -> None:
    plain, sharp = fit(FILMS, sharpness=1.0), fit(FILMS, sharpness=3.0)

    np.testing.assert_allclose(dense_weights(sharp), dense_weights(plain) ** 3, rtol=1e-5)
    assert 0 < similarity(plain, 1, 5) < 1


def test_no_film_resembles_itself_and_only_the_nearest_neighbours_are_kept() -> None:
    model = fit(FILMS, neighbours=3)

    weights = dense_weights(model)

    assert not weights.diagonal().any()
    assert (np.count_nonzero(weights, axis=0) <= 3).all()
    full = dense_weights(fit(FILMS))
    for target in range(len(FILMS)):
        np.testing.assert_allclose(
            np.sort(weights[:, target])[::-1][:3], np.sort(full[:, target])[::-1][:3], rtol=1e-6
        )


@given(seeds)
def test_the_order_of_films_does_not_matter(seed: int) -> None:
    ids = default_rng(seed).permutation(list(FILMS)).tolist()

    shuffled = fit({film: FILMS[film] for film in ids})

    for name, array in fit(FILMS).to_arrays().items():
        np.testing.assert_array_equal(shuffled.to_arrays()[name], array)


def test_the_size_of_blocks_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dense_weights(fit(FILMS))

    monkeypatch.setattr(content_profile, "_BLOCK", 2)

    np.testing.assert_allclose(dense_weights(fit(FILMS)), whole, rtol=1e-6)


def test_a_viewer_who_likes_horror_sees_horror_first_and_why() -> None:
    model = fit(FILMS)
    viewer = Viewers(sp.csr_array(np.where(model.item_ids == 1, 9, 0)[None].astype(np.float32)))

    best = np.argsort(-model.scores(viewer)[0], kind="stable")[:4]
    told = model.explain(viewer, best)

    assert model.item_ids[best[:2]].tolist() == [2, 3]
    assert set(model.item_ids[best[2:]].tolist()) == {4, 5}
    assert model.item_ids[told.inputs].tolist() == [1]
    assert (told.contributions > 0).all()


def test_a_film_without_facts_is_similar_to_nothing() -> None:
    model = fit({**FILMS, 10: ()})

    assert not dense_weights(model)[9].any()
    assert not dense_weights(model)[:, 9].any()


@pytest.mark.parametrize(
    ("films", "reason"),
    [({1: ("mood:gloomy",)}, "mood"), ({1: ("decade:nineties",)}, "nineties")],
)
def test_a_feature_that_nobody_defined_is_refused(
    films: dict[int, tuple[str, ...]], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        fit(films)


def test_films_listed_twice_or_not_in_parallel_are_refused() -> None:
    settings = ContentProfileSettings()

    with pytest.raises(ValueError, match="unique"):
        fit_content_profile([1, 1], [(), ()], popularity=[0, 0], settings=settings)
    with pytest.raises(ValueError, match="parallel"):
        fit_content_profile([1, 2], [()], popularity=[0, 0], settings=settings)


def test_a_catalogue_without_films_gives_an_empty_model() -> None:
    assert fit({}).item_ids.size == 0


@examples(max_examples=20)
@given(seeds)
def test_a_viewers_score_is_mean_similarity_and_votes(seed: int) -> None:
    catalogue, viewers = random_catalogue(seed), random_viewers(seed)
    settings = ContentRankingSettings(neighbours=6, shrinkage=2.0, vote_weight=0.1)
    similarities = dense_weights(
        fit_content_profile(
            catalogue.item_ids, catalogue.features, popularity=np.zeros(20), settings=settings
        )
    )
    weights = viewers.weighted(settings.fold_in).toarray().astype(np.float64)
    votes = np.log1p(catalogue.vote_counts.astype(np.float64))
    expected = weights @ similarities / (2 + weights.sum(axis=1, keepdims=True))
    expected += 0.1 * (votes - votes.mean()) / votes.std()

    scores = content_profile.fit(known_by(catalogue, random_grades(seed)), settings).scores(viewers)

    np.testing.assert_allclose(scores, expected, atol=1e-5)


@examples(max_examples=20)
@given(seeds)
def test_it_keeps_to_what_models_promise(seed: int) -> None:
    viewers = random_viewers(seed)
    for graded, catalogue in ((True, random_catalogue(seed)), (False, None)):
        model = content_profile.fit(known_by(catalogue, random_grades(seed), graded=graded))
        assert_explains_its_scores(model, viewers)
        assert_blocks_do_not_matter(model, viewers)
        assert_scores_alike(model, ContentProfile.from_arrays(model.to_arrays()), viewers)
