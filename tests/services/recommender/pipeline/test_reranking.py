"""Lock-step against the textbook: one viewer, one place, one candidate at a time."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from numpy.random import default_rng
from numpy.typing import NDArray

from services.recommender.pipeline.calibration import GenreTable, genre_shares
from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers, Steps
from services.recommender.pipeline.relevance import freshness, relevance
from services.recommender.pipeline.reranking import arrange, pick
from services.recommender.viewers import Viewers
from tests.services.recommender.matrices import seeds

from .blocks import ALL_ON, OFF, THIS_YEAR, random_block, random_films


def agreement(genres: NDArray[np.bool_], listed: list[int], wanted: NDArray[np.float64]) -> float:
    """Steck's -KL(wanted || list), smoothed, without the constant."""
    counts = np.maximum(genres.sum(axis=1), 1)
    shares = (genres / counts[:, None])[listed].sum(axis=0) / len(listed)
    smoothed = 0.99 * shares + 0.01 * wanted
    mine = wanted > 0
    return float((wanted[mine] * np.log(smoothed[mine])).sum())


def textbook_objectives(
    pipeline: Pipeline, scored: ScoredViewers, steps: Steps, viewer: int, above: list[int]
) -> NDArray[np.float64]:
    """Of each candidate, by relevance: what it is worth after the films `above`."""
    columns = steps.candidates[viewer, steps.order[viewer]]
    films, strengths = pipeline.films, pipeline.settings
    weights = np.maximum(scored.viewers.weighted(strengths.evidence)[[viewer]].toarray()[0], 0)
    shares = films.genres / np.maximum(films.genres.sum(axis=1), 1)[:, None]
    wanted = weights @ shares / (weights.sum() or 1)
    worth = steps.relevance[viewer].astype(np.float64)
    before = agreement(films.genres, [*above], wanted) if above else 0.0
    for position, column in enumerate(columns.tolist()):
        if worth[position] == -np.inf:
            continue
        alike = [float(films.vectors[column] @ films.vectors[other]) for other in above]
        worth[position] -= strengths.diversity * float(steps.own[viewer]) * max([0.0, *alike])
        gain = agreement(films.genres, [*above, column], wanted) - before
        worth[position] += strengths.calibration * float(steps.own[viewer]) * gain
    worth[np.isin(columns, above)] = -np.inf
    return worth


@settings(max_examples=25)
@given(seeds)
def test_each_place_goes_to_the_candidate_that_is_worth_most_there(seed: int) -> None:
    pipeline = Pipeline(ALL_ON, random_films(seed), THIS_YEAR)
    scored = random_block(seed, viewers=3)

    steps = pipeline.trace(scored)

    for viewer, picked in enumerate(steps.picked):
        above: list[int] = []
        for position in picked.tolist():
            worth = textbook_objectives(pipeline, scored, steps, viewer, above)
            if position == worth.size:
                assert worth.max() == -np.inf
                break
            assert worth[position] == pytest.approx(worth.max(), abs=1e-3)
            above.append(int(steps.candidates[viewer, steps.order[viewer, position]]))


def test_without_terms_places_go_by_relevance_and_end_with_the_candidates() -> None:
    least = -np.inf
    values = np.array([[3, 2, 2, 1], [5, 4, least, least], [least] * 4], np.float32)

    picked = pick(values, [], depth=3)

    assert picked.tolist() == [[0, 1, 2], [0, 1, 4], [4, 4, 4]]
    assert pick(values, [], depth=9).shape == (3, 4)


def test_pages_are_arranged_by_relevance_and_the_rest_follows() -> None:
    picked = np.array([[4, 0, 5, 2], [1, 6, 6, 6]])

    arranged = arrange(picked, candidates=6, page=2)

    assert arranged.tolist() == [[0, 4, 2, 5, 1, 3], [1, 0, 2, 3, 4, 5]]


def test_diversity_keeps_the_second_of_two_like_films_down() -> None:
    films = replace(
        random_films(1, items=4), vectors=np.array([[1, 0], [1, 0], [0, 1], [0, 0]], np.float32)
    )
    history = sp.csr_array(np.array([[0, 0, 0, 8]], np.float32))
    scores = np.array([[3, 2.9, 1, 4]], np.float32)
    scored = ScoredViewers(scores, Viewers(history), np.array([1]), np.array([0]))

    plain = Pipeline(OFF, films).rank(scored)
    varied = Pipeline(replace(OFF, diversity=5, depth=2, page=1), films).rank(scored)

    assert plain.items.tolist() == [[0, 1, 2, NOTHING]]
    assert varied.items.tolist() == [[0, 2, 1, NOTHING]]
    assert varied.ranks.tolist() == [[0, 2, 1, 0]]


def test_a_popular_film_of_negative_score_is_moved_down_as_well() -> None:
    scores = np.array([[1, -1, -1]], np.float32)

    values = relevance(
        scores,
        np.array([[True, True, True]]),
        best=scores,
        adjustments=np.array([[0, -0.5, 0]], np.float32),
    )

    assert values[0, 0] == pytest.approx(2**0.5)
    assert values[0, 1] == pytest.approx(-(0.5**0.5) - 0.5)
    assert values[0, 2] == pytest.approx(-(0.5**0.5))


def test_freshness_halves_with_age_and_is_nothing_for_an_unknown_year() -> None:
    years = np.array([2020, 2015, 2010, 2023, 0])

    gained = freshness(years, this_year=2020, half_life=5)

    assert gained.tolist() == [1, 0.5, 0.25, 1, 0]


def test_genre_shares_are_those_of_what_speaks_for_the_viewer() -> None:
    table = GenreTable.of(np.array([[True, False], [True, True], [False, False]]))
    weights = sp.csr_array(np.array([[1, 1, 0], [0, 2, 2], [-1, 0, 0]], np.float32))

    assert genre_shares(weights, table).tolist() == [[0.75, 0.25], [0.25, 0.25], [0, 0]]


@settings(max_examples=25)
@given(seeds)
def test_calibrated_lists_are_nearer_to_the_genres_of_the_viewer(seed: int) -> None:
    rng = default_rng(seed)
    films, scored = random_films(seed), random_block(seed)
    films = replace(films, genres=np.eye(5, dtype=bool)[rng.integers(0, 5, 40)])
    table = GenreTable.of(films.genres)
    short = replace(OFF, depth=6, page=6, limit=6)
    wanted = genre_shares(scored.viewers.weighted(short.evidence), table)

    def distance(strength: float) -> float:
        ranked = Pipeline(replace(short, calibration=strength), films).rank(scored)
        full = (ranked.items >= 0).all(axis=1)
        listed = table.shares[ranked.items].mean(axis=1)
        return float(np.abs(listed - wanted)[full].sum())

    assert distance(50.0) <= distance(0.0) + 1e-5
