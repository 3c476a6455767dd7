from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from services.recommender.item_model import CONTENT_PROFILE, LOCAL_RIDGE, ItemModel
from services.recommender.profiles import Profile, build_profile, build_profiles, rating_events
from services.recommender.ranking import (
    NO_CONTRIBUTOR,
    Ranking,
    Source,
    popular,
    recommend,
    recommend_many,
    score_items,
    select_top,
)

from .matrices import dense_weights, random_model, random_profile, seeds


def dense_profile(model: ItemModel, profile: Profile) -> NDArray[np.float64]:
    weight_of = dict(zip(profile.item_ids.tolist(), profile.weights.tolist(), strict=True))
    return np.array([weight_of.get(item, 0.0) for item in model.item_ids.tolist()])


def assert_equal_rankings(one: Ranking, other: Ranking) -> None:
    for left, right in zip(astuple(one), astuple(other), strict=True):
        np.testing.assert_array_equal(left, right)


@given(seeds)
def test_scores_are_the_sum_of_weight_times_b(seed: int) -> None:
    model = random_model(seed)
    profile = random_profile(seed, model)
    rows, known = model.locate(profile.item_ids)

    scores = score_items(model.matrix[rows[known]], profile.weights[known])

    expected = dense_profile(model, profile) @ dense_weights(model)
    np.testing.assert_allclose(scores, expected, atol=1e-5)


@given(seeds)
def test_without_shrinkage_the_list_is_the_bare_scores_sorted(seed: int) -> None:
    model = random_model(seed)
    profile = random_profile(seed, model)
    rows, known = model.locate(profile.item_ids)
    bare = score_items(model.matrix[rows[known]], profile.weights[known])
    bare[rows[known]] = -np.inf

    ranking = recommend(model, profile, shrinkage=0)

    places = np.searchsorted(model.item_ids, ranking.item_ids)
    if profile.weights[known].any():
        np.testing.assert_allclose(bare[places], np.sort(bare)[::-1][: places.size], atol=1e-5)
    else:
        assert set(ranking.sources.tolist()) <= {Source.POPULAR}


@given(seeds)
def test_the_list_is_the_dense_formula_sorted(seed: int) -> None:
    model = random_model(seed)
    profile = random_profile(seed, model)
    weights = dense_profile(model, profile)
    taste = weights @ dense_weights(model)
    own = weights.sum() / (weights.sum() + 4)
    prior = model.popularity.astype(np.float64)

    ranking = recommend(model, profile)

    blended = (
        own * (taste - taste.mean()) / (taste.std() or 1)
        + (1 - own) * (prior - prior.mean()) / prior.std()
    )
    score_of = dict(zip(model.item_ids.tolist(), blended.tolist(), strict=True))
    np.testing.assert_allclose(
        ranking.scores, [score_of[item] for item in ranking.item_ids.tolist()], atol=1e-4
    )
    assert (np.diff(ranking.scores) <= 0).all()
    assert sorted(ranking.item_ids.tolist()) == sorted(
        set(model.item_ids.tolist()) - set(profile.item_ids.tolist())
    )


@given(seeds, st.integers(0, 30))
def test_no_film_of_the_profile_is_recommended_and_the_limit_holds(seed: int, limit: int) -> None:
    model = random_model(seed)
    profile = random_profile(seed, model)

    ranking = recommend(model, profile, limit=limit)

    assert not np.isin(ranking.item_ids, profile.item_ids).any()
    left = model.item_ids.size - np.isin(model.item_ids, profile.item_ids).sum()
    assert ranking.item_ids.size == min(limit, left)
    assert np.unique(ranking.item_ids).size == ranking.item_ids.size


@given(seeds)
def test_reasons_are_the_liked_films_with_the_greatest_true_contributions(seed: int) -> None:
    model = random_model(seed)
    profile = random_profile(seed, model)
    liked = np.isin(model.item_ids, profile.item_ids[profile.liked])
    weights = dense_profile(model, profile)
    taste = weights @ dense_weights(model)
    added = (weights * liked)[:, None] * dense_weights(model)

    ranking = recommend(model, profile)

    for row, item in enumerate(ranking.item_ids):
        column = int(np.searchsorted(model.item_ids, item))
        greatest = np.sort(np.maximum(added[:, column], 0))[::-1][:2]
        if taste[column] <= 1e-6:
            continue
        np.testing.assert_allclose(ranking.contributions[row], greatest, atol=1e-6)
        for contributor, contribution in zip(
            ranking.contributors[row], ranking.contributions[row], strict=True
        ):
            if contribution:
                source = int(np.searchsorted(model.item_ids, contributor))
                assert liked[source]
                assert added[source, column] == pytest.approx(contribution, abs=1e-6)
            else:
                assert contributor == NO_CONTRIBUTOR


@given(seeds)
def test_a_film_is_personal_exactly_where_taste_speaks_for_it(seed: int) -> None:
    model = random_model(seed)
    profile = random_profile(seed, model)
    taste = dense_profile(model, profile) @ dense_weights(model)

    ranking = recommend(model, profile)

    for row, item in enumerate(ranking.item_ids):
        affinity = taste[np.searchsorted(model.item_ids, item)]
        if abs(affinity) > 1e-6:
            backed = affinity > 0
            assert ranking.sources[row] == (Source.PERSONAL if backed else Source.POPULAR)
            if not backed:
                assert ranking.contributors[row].tolist() == [NO_CONTRIBUTOR] * 2
                assert ranking.contributions[row].tolist() == [0, 0]


def test_a_film_that_other_likes_speak_against_names_no_reason() -> None:
    model = ItemModel(
        LOCAL_RIDGE,
        item_ids=np.array([1, 2, 3], np.int32),
        indptr=np.array([0, 1, 2, 2], np.int32),
        indices=np.array([2, 2], np.int32),
        values=np.array([0.5, -0.8], np.float32),
        popularity=np.array([3, 2, 1], np.float32),
    )

    against = recommend(model, build_profile(item_ids=[1, 2], scores=[8, 8]))
    for_it = recommend(model, build_profile(item_ids=[1], scores=[8], hidden_ids=[2]))

    assert against.item_ids.tolist() == for_it.item_ids.tolist() == [3]
    assert against.sources.tolist() == [Source.POPULAR]
    assert against.contributors.tolist() == [[NO_CONTRIBUTOR, NO_CONTRIBUTOR]]
    assert against.contributions.tolist() == [[0, 0]]
    assert for_it.sources.tolist() == [Source.PERSONAL]
    assert for_it.contributors.tolist() == [[1, NO_CONTRIBUTOR]]
    assert for_it.contributions.tolist() == [[0.5, 0]]


def test_a_content_model_says_similar_instead_of_personal() -> None:
    model = random_model(3)
    profile = random_profile(3, model)
    content = replace(model, kind=CONTENT_PROFILE)

    personal, similar = recommend(model, profile), recommend(content, profile)

    np.testing.assert_array_equal(personal.item_ids, similar.item_ids)
    np.testing.assert_array_equal(
        personal.sources == Source.PERSONAL, similar.sources == Source.SIMILAR
    )
    assert (similar.sources == Source.SIMILAR).any()


@given(seeds)
def test_a_block_of_viewers_gets_what_each_gets_alone(seed: int) -> None:
    rng = default_rng(seed)
    model = random_model(seed)
    users = rng.integers(0, 9, 60)
    items = rng.choice(np.append(model.item_ids, 1_000_000), 60)
    scores = rng.integers(1, 11, 60)

    profiles = build_profiles(np.arange(10), rating_events(users, items, scores))
    together = list(recommend_many(model, profiles, limit=7))

    assert len(together) == 10
    for user, ranking in enumerate(together):
        mine = users == user
        alone = build_profile(item_ids=items[mine], scores=scores[mine])
        assert_equal_rankings(ranking, recommend(model, alone, limit=7))


@given(seeds)
def test_excluded_rows_make_room_for_the_next_and_change_nothing_else(seed: int) -> None:
    rng = default_rng(seed)
    model = random_model(seed)
    profile = random_profile(seed, model)
    excluded = [rng.integers(0, model.item_ids.size, size) for size in (0, 3, 5)]
    unwanted = model.item_ids[np.concatenate(excluded)]

    whole = recommend(model, profile, limit=model.item_ids.size)
    ranking = recommend(model, profile, limit=7, excluded=excluded)

    left = np.flatnonzero(~np.isin(whole.item_ids, unwanted))[:7]
    np.testing.assert_array_equal(ranking.item_ids, whole.item_ids[left])
    np.testing.assert_array_equal(ranking.scores, whole.scores[left])
    np.testing.assert_array_equal(ranking.contributors, whole.contributors[left])


def test_of_several_viewers_each_has_rows_of_their_own_excluded() -> None:
    model = random_model(3)
    profiles = build_profiles([1, 2], rating_events([1, 2], model.item_ids[[0, 0]], [9, 9]))

    first, second = recommend_many(model, profiles, excluded=[[np.array([1, 2])], []])

    assert not set(first.item_ids.tolist()) & set(model.item_ids[[1, 2]].tolist())
    assert set(model.item_ids[[1, 2]].tolist()) <= set(second.item_ids.tolist())


def test_with_everything_excluded_the_list_is_empty() -> None:
    model = random_model(3)
    everything = np.arange(model.item_ids.size)

    ranking = recommend(model, random_profile(3, model), excluded=[everything])

    assert ranking.item_ids.size == 0
    assert ranking.contributors.shape == ranking.contributions.shape == (0, 2)


@given(seeds)
def test_the_order_of_a_viewers_events_does_not_matter(seed: int) -> None:
    rng = default_rng(seed)
    model = random_model(seed)
    items = rng.choice(model.item_ids, 8, replace=False)
    scores = rng.integers(1, 11, 8)
    shuffled = rng.permutation(8)

    assert_equal_rankings(
        recommend(model, build_profile(item_ids=items, scores=scores)),
        recommend(model, build_profile(item_ids=items[shuffled], scores=scores[shuffled])),
    )


@pytest.mark.parametrize(
    "profile",
    [
        build_profile(),
        build_profile(item_ids=[1, 2], scores=[10, 10]),
        build_profile(hidden_ids=[1]),
    ],
    ids=["no history", "only films the model does not know", "only hidden films"],
)
def test_a_viewer_who_told_nothing_gets_what_is_popular(profile: Profile) -> None:
    model = random_model(6)

    ranking = recommend(model, profile, limit=10)

    order = np.lexsort((model.item_ids, -model.popularity))[:10]
    np.testing.assert_array_equal(ranking.item_ids, model.item_ids[order])
    assert set(ranking.sources.tolist()) == {Source.POPULAR}
    assert set(ranking.contributors.ravel().tolist()) == {NO_CONTRIBUTOR}
    assert_equal_rankings(ranking, popular(model, limit=10))


def test_one_like_leaves_most_to_popularity_and_many_likes_leave_little() -> None:
    model = random_model(9)
    best = model.item_ids[np.argsort(-model.popularity, kind="stable")]

    def agreement(likes: int) -> float:
        profile = build_profile(item_ids=best[-likes:], scores=[8] * likes)
        ranking = recommend(model, profile)
        popularity = model.popularity[np.searchsorted(model.item_ids, ranking.item_ids)]
        return float(np.corrcoef(ranking.scores, popularity)[0, 1])

    assert agreement(1) > 0.9
    assert agreement(1) > agreement(12)


def test_ties_go_to_the_more_popular_and_then_to_the_lower_id() -> None:
    scores = np.array([1.0, 2.0, 1.0, 1.0, -np.inf])
    popularity = np.array([3.0, 0.0, 5.0, 3.0, 9.0])

    assert select_top(scores, popularity, 3).tolist() == [1, 2, 0]
    assert select_top(scores, popularity, 9).tolist() == [1, 2, 0, 3]
    assert select_top(scores, popularity, 0).tolist() == []


def test_an_empty_model_recommends_nothing() -> None:
    nothing = np.empty(0, np.int32)
    model = ItemModel(
        CONTENT_PROFILE,
        nothing,
        np.zeros(1, np.int32),
        nothing,
        nothing.astype(np.float32),
        nothing.astype(np.float32),
    )

    assert recommend(model, build_profile(item_ids=[1], scores=[9])).item_ids.size == 0
