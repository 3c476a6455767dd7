from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings

from services.recommender.pipeline.candidates import NOTHING, select_candidates
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers, Steps
from services.recommender.viewers import Viewers
from tests.services.recommender.matrices import seeds

from .blocks import ALL_ON, OFF, THIS_YEAR, random_block, random_films


def one_viewer(scores: list[float], seen: list[float]) -> ScoredViewers:
    entries = sp.csr_array(np.array([seen], np.float32))
    values = np.array([scores], np.float32)
    return ScoredViewers(values, Viewers(entries), np.array([1]), np.array([0]))


def candidates(edges: list[list[float]], *, related: int, seen: list[float]) -> list[int]:
    """Three candidates of six films, scored by their numbers, the last best."""
    films = replace(random_films(1, items=6), related=sp.csr_array(np.array(edges, np.float32)))
    pipeline = Pipeline(replace(OFF, candidates=3, limit=3, related=related), films)
    chosen: list[int] = pipeline.trace(one_viewer([0, 1, 2, 3, 4, 5], seen)).candidates[0].tolist()
    return chosen


EDGES = np.zeros((6, 6))
EDGES[5, [0, 1, 2]] = [0.9, 0.2, 0.5]
LIKED = [0.0, 0, 0, 0, 0, 8]


def test_films_that_edges_lead_to_get_the_last_places_in_the_order_of_their_scores() -> None:
    assert candidates(EDGES.tolist(), related=0, seen=LIKED) == [4, 3, 2]
    assert candidates(EDGES.tolist(), related=1, seen=LIKED) == [4, 3, 0]
    assert candidates(EDGES.tolist(), related=2, seen=LIKED) == [4, 2, 0]
    assert candidates(EDGES.tolist(), related=3, seen=LIKED) == [2, 1, 0]
    assert candidates(EDGES.tolist(), related=9, seen=LIKED) == [2, 1, 0]


def test_a_film_let_in_with_a_low_score_does_not_make_the_steps_stronger() -> None:
    """How much debias, variety and genres count for all others depends on their scores alone."""
    films = replace(random_films(1, items=6), related=sp.csr_array(EDGES.astype(np.float32)))
    scored = one_viewer([-90, 1, 2, 3, 4, 5], LIKED)
    settings = replace(OFF, candidates=3, limit=3, popularity_debias=0.4)
    with_edges, without = (
        Pipeline(replace(settings, related=related), films).trace(scored) for related in (1, 0)
    )

    assert sorted(with_edges.candidates[0]) == [0, 3, 4]
    known = [dict(zip(*relevance_of(steps), strict=True)) for steps in (with_edges, without)]
    assert [known[0][film] for film in (3, 4)] == [known[1][film] for film in (3, 4)]


def relevance_of(steps: Steps) -> tuple[list[int], list[float]]:
    return steps.candidates[0, steps.order[0]].tolist(), steps.relevance[0].tolist()


def test_nothing_follows_from_a_film_that_was_disliked_or_hidden() -> None:
    for grade in (0.0, 2.0):
        seen = sp.csr_array(([grade], [5], [0, 1]), shape=(1, 6)).astype(np.float32)
        films = replace(random_films(1, items=6), related=sp.csr_array(EDGES.astype(np.float32)))
        scored = replace(one_viewer([0, 1, 2, 3, 4, 5], LIKED), viewers=Viewers(seen))
        with_edges, without = (
            Pipeline(replace(OFF, candidates=3, limit=3, related=related), films).trace(scored)
            for related in (3, 0)
        )

        assert with_edges.candidates.tolist() == without.candidates.tolist()


def test_a_film_that_must_not_be_listed_is_not_let_in_by_an_edge() -> None:
    seen = [1.0, 0, 0, 0, 0, 8]

    assert candidates(EDGES.tolist(), related=1, seen=seen) == [4, 3, 2]
    assert candidates(EDGES.tolist(), related=2, seen=seen) == [4, 2, 1]


@settings(max_examples=30)
@given(seeds)
def test_the_best_keep_their_places_and_each_viewer_their_own(seed: int) -> None:
    films, block = random_films(seed), random_block(seed)
    pipeline = Pipeline(ALL_ON, films, THIS_YEAR)

    steps = pipeline.trace(block)

    best = select_candidates(steps.blended, pipeline.ties, ALL_ON.candidates)
    certain = ALL_ON.candidates - ALL_ON.related
    np.testing.assert_array_equal(steps.candidates[:, :certain], best[:, :certain])
    for viewer, chosen in enumerate(steps.candidates):
        listed = chosen[chosen != NOTHING]
        assert np.unique(listed).size == listed.size == (best[viewer] != NOTHING).sum()
        scores = steps.blended[viewer, listed]
        assert np.isfinite(scores).all()
        assert (np.diff(scores) <= 0).all()
        alone = pipeline.trace(block.rows(viewer, viewer + 1)).candidates[0]
        np.testing.assert_array_equal(alone, chosen)
