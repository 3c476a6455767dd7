from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers
from services.recommender.pipeline.tracing import FellOut, why_not
from services.recommender.viewers import Viewers
from tests.services.recommender.matrices import seeds

from .blocks import ALL_ON, OFF, THIS_YEAR, random_block, random_films


@hypothesis_settings(max_examples=5)
@given(seeds)
def test_the_trace_of_each_film_is_what_the_list_shows(seed: int) -> None:
    films, block = random_films(seed), random_block(seed)
    pipeline = Pipeline(ALL_ON, films, THIS_YEAR)
    ranked = pipeline.rank(block)
    shrunk = replace(pipeline, settings=replace(OFF, shrinkage=ALL_ON.shrinkage, candidates=40))
    everything = shrunk.rank(block)

    for viewer in (0, 3):
        scored = block.rows(viewer, viewer + 1)
        by_score = everything.items[viewer].tolist()
        listed = ranked.items[viewer].tolist()
        for column, item_id in list(enumerate(films.item_ids.tolist()))[::3]:
            traced = why_not(pipeline, scored, item_id, within=5)

            assert (traced.fell_out is FellOut.EXCLUDED) == (column not in by_score)
            if traced.fell_out is FellOut.EXCLUDED:
                assert traced.place is None
                continue
            assert traced.rank == by_score.index(column)
            is_candidate = column in pipeline.trace(scored).candidates[0]
            assert (traced.fell_out is FellOut.NOT_A_CANDIDATE) == (not is_candidate)
            assert traced.place == (listed.index(column) if column in listed else None)
            assert (traced.fell_out is FellOut.NOWHERE) == (column in listed[:5])


@hypothesis_settings(max_examples=20)
@given(seeds)
def test_a_film_that_was_passed_names_where_and_by_which(seed: int) -> None:
    settings = replace(ALL_ON, exploration_rate=0, page=1, diversity=3.0)
    films, scored = random_films(seed), random_block(seed, viewers=1)
    pipeline = Pipeline(settings, films, THIS_YEAR)
    ranked = pipeline.rank(scored)

    for column in ranked.items[0][ranked.items[0] != NOTHING].tolist():
        traced = why_not(pipeline, scored, int(films.item_ids[column]))

        assert traced.reranked is not None
        assert traced.by_relevance is not None
        if traced.passed_at is None:
            assert traced.reranked <= traced.by_relevance
        else:
            assert traced.passed_by == ranked.items[0, traced.passed_at]
            assert traced.reranked > traced.passed_at


def test_excluding_names_all_that_exclude() -> None:
    block = random_block(4, viewers=1)
    pipeline = Pipeline(ALL_ON, random_films(4), THIS_YEAR)
    excludes = {"profile": block.viewers.grades, **block.excluded}

    for column, item_id in enumerate(pipeline.films.item_ids.tolist()):
        expected = tuple(name for name, each in excludes.items() if column in each.indices)
        assert why_not(pipeline, block, item_id).excluded_by == expected


def test_an_unknown_film_is_not_in_the_model() -> None:
    pipeline = Pipeline(ALL_ON, random_films(4), THIS_YEAR)

    for item_id in (1, 8, 10_000):
        traced = why_not(pipeline, random_block(4, viewers=1), item_id)
        assert traced.fell_out is FellOut.NOT_IN_MODEL


@pytest.mark.parametrize(
    ("changes", "fell_out"),
    [
        ({}, FellOut.NOWHERE),
        ({"diversity": 9, "depth": 2}, FellOut.DIVERSITY),
        ({"popularity_debias": 5}, FellOut.DEBIAS),
        ({"candidates": 1}, FellOut.NOT_A_CANDIDATE),
        ({"exploration_rate": 1, "exploration_places": (1,)}, FellOut.EXPLORATION),
    ],
)
def test_the_step_that_moved_the_second_best_film_off_the_page_is_blamed(
    changes: dict[str, float], fell_out: FellOut
) -> None:
    films = replace(
        random_films(1, items=5),
        popularity=np.array([1, 1, 1000, 1, 1], np.float32),
        vectors=np.array([[1, 0], [0, 1], [1, 0], [0, 0], [0, 0]], np.float32),
    )
    history = sp.csr_array(np.array([[0, 0, 0, 0, 8]], np.float32))
    scored = ScoredViewers(
        np.array([[4, 3, 3.5, 1, 5]], np.float32), Viewers(history), np.array([1]), np.array([0])
    )
    pipeline = Pipeline(replace(OFF, page=2, **changes), films)

    second, worst = (why_not(pipeline, scored, int(films.item_ids[column])) for column in (2, 3))

    assert second.fell_out is fell_out
    assert second.rank == 1
    assert worst.fell_out in {FellOut.SCORE, FellOut.NOT_A_CANDIDATE, FellOut.NOWHERE}
    assert worst.rank == 3
