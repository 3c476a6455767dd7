import numpy as np
from hypothesis import given
from numpy.random import default_rng

from services.recommender.profiles import (
    build_profile,
    build_profiles,
    favorite_events,
    hidden_events,
    rating_events,
    watched_events,
)

from .matrices import seeds


def test_a_favourite_lifts_a_rated_film_and_stands_alone_for_an_unrated_one() -> None:
    profile = build_profile(item_ids=[4, 2], scores=[2, 10], favorite_ids=[9, 4])

    assert profile.item_ids.tolist() == [2, 4, 9]
    np.testing.assert_allclose(profile.weights, [1.2, 1.2, 1.2])
    assert profile.liked.tolist() == [True, True, True]


def test_a_watched_film_weighs_nothing_but_keeps_what_a_rating_told() -> None:
    profile = build_profile(item_ids=[4], scores=[8], watched_ids=[4, 7])

    assert profile.item_ids.tolist() == [4, 7]
    np.testing.assert_allclose(profile.weights, [1.0, 0.0])
    assert profile.liked.tolist() == [True, False]


def test_a_hidden_film_weighs_nothing_whatever_else_was_done_with_it() -> None:
    profile = build_profile(
        item_ids=[4, 5], scores=[8, 8], favorite_ids=[6], watched_ids=[4, 6], hidden_ids=[4, 6, 7]
    )

    assert profile.item_ids.tolist() == [4, 5, 6, 7]
    np.testing.assert_allclose(profile.weights, [0.0, 1.0, 0.0, 0.0])
    assert profile.liked.tolist() == [False, True, False, False]


def test_a_viewer_without_history_has_an_empty_profile() -> None:
    profiles = build_profiles([3, 1], rating_events([1], [10], [9]))

    assert profiles.user_ids.tolist() == [1, 3]
    assert [profile.item_ids.tolist() for profile in profiles] == [[10], []]
    assert build_profile().item_ids.size == 0


def test_events_of_other_viewers_are_dropped() -> None:
    profiles = build_profiles([2], rating_events([1, 2, 3], [10, 20, 30], [9, 9, 9]))

    assert len(profiles) == 1
    assert profiles[0].item_ids.tolist() == [20]


@given(seeds)
def test_many_profiles_in_any_order_are_those_built_one_by_one(seed: int) -> None:
    rng = default_rng(seed)
    users, items = rng.integers(0, 6, (2, 50))
    scores = rng.integers(1, 11, 50)
    ratings, favorites = slice(0, 26), slice(26, 36)
    watched, hidden = slice(36, 43), slice(43, 50)

    profiles = build_profiles(
        np.arange(6),
        hidden_events(users[hidden], items[hidden]),
        watched_events(users[watched], items[watched]),
        favorite_events(users[favorites], items[favorites]),
        rating_events(users[ratings], items[ratings], scores[ratings]),
    )

    for user, profile in zip(profiles.user_ids, profiles, strict=True):
        mine = users == user
        alone = build_profile(
            item_ids=items[ratings][mine[ratings]],
            scores=scores[ratings][mine[ratings]],
            favorite_ids=items[favorites][mine[favorites]],
            watched_ids=items[watched][mine[watched]],
            hidden_ids=items[hidden][mine[hidden]],
        )
        np.testing.assert_array_equal(profile.item_ids, alone.item_ids)
        np.testing.assert_array_equal(profile.weights, alone.weights)
        np.testing.assert_array_equal(profile.liked, alone.liked)
