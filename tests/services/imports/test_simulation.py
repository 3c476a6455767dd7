"""What the simulated viewers like: enough structure to learn from, and the same each time."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from services.imports.starter.films import read_starter
from services.imports.starter.simulation import (
    FEWEST_RATINGS,
    LONGEST_MEMBERSHIP_DAYS,
    MOST_RATINGS,
    VIEWERS,
    Simulation,
    read_circles,
    read_series,
    simulate,
)
from services.recommender.gram import fit_gram
from services.recommender.interactions import Interactions
from services.recommender.item_model import ItemModel
from services.recommender.local_ridge import LocalRidgeSettings, fit_local_ridge
from services.recommender.viewers import Viewers
from services.recommender.weights import TRAINING

FILMS = read_starter()
TITLES = [film.title for film in FILMS]
HELD_OUT = VIEWERS // 5


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(FILMS)


@pytest.fixture(scope="module")
def in_circle() -> NDArray[np.bool_]:
    """Whether a circle (row) holds a film (column)."""
    return np.array([np.isin(TITLES, members) for members in read_circles().values()])


def test_circles_name_films_of_the_set_and_leave_none_out() -> None:
    circles = read_circles()

    named = {title for members in circles.values() for title in members}
    assert named == set(TITLES)
    assert all(len(set(members)) == len(members) >= 8 for members in circles.values())


def test_series_name_films_of_the_set() -> None:
    series = read_series()

    assert {title for members in series.values() for title in members} <= set(TITLES)
    assert all(len(set(members)) == len(members) >= 2 for members in series.values())


def test_who_has_seen_one_film_of_a_series_has_rather_seen_the_next(
    simulation: Simulation,
) -> None:
    seen = np.zeros((VIEWERS, len(FILMS)), bool)
    seen[simulation.viewers, simulation.films] = True
    lifts = []
    for first, second, *_ in read_series().values():
        one, other = seen[:, TITLES.index(first)], seen[:, TITLES.index(second)]
        lifts.append(other[one].mean() / other.mean())

    assert np.median(lifts) > 3


def test_each_viewer_rates_a_plausible_number_of_films_once(simulation: Simulation) -> None:
    counts = np.bincount(simulation.viewers, minlength=VIEWERS)

    assert counts.size == VIEWERS == 400
    assert FEWEST_RATINGS <= counts.min() < counts.max() <= MOST_RATINGS
    pairs = set(zip(simulation.viewers.tolist(), simulation.films.tolist(), strict=True))
    assert len(pairs) == simulation.scores.size


def test_scores_use_the_scale_and_favourites_are_well_liked(simulation: Simulation) -> None:
    shares = np.bincount(simulation.scores, minlength=11)[1:] / simulation.scores.size

    assert set(simulation.scores.tolist()) == set(range(1, 11))
    assert shares.max() < 0.3
    assert (shares[3:] > 0.02).all()
    assert simulation.scores[simulation.is_favorite].min() == 9
    assert 0.05 < simulation.is_favorite.mean() < 0.25


def test_nobody_rates_before_joining_or_after_now(simulation: Simulation) -> None:
    assert simulation.ages.min() >= 0
    assert (simulation.ages <= simulation.joined[simulation.viewers]).all()
    assert simulation.joined.max() <= LONGEST_MEMBERSHIP_DAYS * 86_400


def test_the_same_viewers_come_out_each_time(simulation: Simulation) -> None:
    again = simulate(FILMS)

    for name in Simulation.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(again, name), getattr(simulation, name))


def test_famous_films_are_seen_more_and_none_is_forgotten(simulation: Simulation) -> None:
    seen = np.bincount(simulation.films, minlength=len(FILMS))

    assert seen.min() >= 5
    assert seen[:50].mean() > 1.3 * seen[-250:].mean()


def circle_lead(
    simulation: Simulation, home: NDArray[np.int64], in_circle: NDArray[np.bool_]
) -> float:
    """Points by which films of a viewer's home circle are scored above the viewer's others."""
    at_home = in_circle[home[simulation.viewers], simulation.films]
    return float(simulation.scores[at_home].mean() - simulation.scores[~at_home].mean())


def test_a_viewers_circle_tells_their_scores(
    simulation: Simulation, in_circle: NDArray[np.bool_]
) -> None:
    shuffled = np.random.default_rng(0).permutation(simulation.home)

    assert circle_lead(simulation, simulation.home, in_circle) > 0.8
    assert abs(circle_lead(simulation, shuffled, in_circle)) < 0.3


@pytest.fixture(scope="module")
def model(simulation: Simulation) -> ItemModel:
    """Trained without the last fifth of the viewers."""
    train = simulation.viewers < VIEWERS - HELD_OUT
    interactions = Interactions.from_events(
        user_ids=simulation.viewers[train],
        item_ids=simulation.films[train],
        weights=TRAINING(simulation.scores[train]),
    )
    return fit_local_ridge(fit_gram(interactions), LocalRidgeSettings())


def ranked(model: ItemModel, films: NDArray[np.int64], scores: NDArray[np.int64]) -> list[int]:
    """All films but these, the best first for who gave them these scores."""
    grades = np.zeros((1, model.item_ids.size), np.float32)
    grades[0, np.searchsorted(model.item_ids, films)] = scores
    order = np.argsort(-model.scores(Viewers(sp.csr_array(grades)))[0], kind="stable")
    found: list[int] = model.item_ids[order[grades[0, order] == 0]].tolist()
    return found


def mean_rank(
    model: ItemModel,
    simulation: Simulation,
    in_circle: NDArray[np.bool_],
    profile_owners: NDArray[np.int64],
) -> float:
    """Where a film of a held-out viewer's home circle comes in a list, as a share of all films.

    The list is made from what the viewer's `profile_owner` rated, without that film.
    """
    ranks = []
    for viewer, owner in zip(range(VIEWERS - HELD_OUT, VIEWERS), profile_owners, strict=True):
        seen = simulation.films[simulation.viewers == viewer]
        hidden = seen[in_circle[simulation.home[viewer], seen]][0]
        known = (simulation.viewers == owner) & (simulation.films != hidden)
        order = ranked(model, simulation.films[known], simulation.scores[known])
        ranks.append(order.index(hidden) / len(order))
    return float(np.mean(ranks))


def test_what_others_of_the_circle_rated_finds_a_hidden_film(
    model: ItemModel, simulation: Simulation, in_circle: NDArray[np.bool_]
) -> None:
    """With another viewer's taste in the place of the own one it does not."""
    themselves = np.arange(VIEWERS - HELD_OUT, VIEWERS)
    others = np.roll(themselves, 1)

    own = mean_rank(model, simulation, in_circle, themselves)
    swapped = mean_rank(model, simulation, in_circle, others)

    assert own < 0.05
    assert swapped > 0.15
