from dataclasses import astuple, fields, replace

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import (
    BLOCK,
    Pipeline,
    RankedBlock,
    ScoredViewers,
    Source,
)
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.viewers import Viewers
from tests.services.recommender.matrices import seeds

from .blocks import ALL_ON, OFF, THIS_YEAR, random_block, random_films


def ranked_of(settings: PipelineSettings, seed: int, **block: int) -> RankedBlock:
    return Pipeline(settings, random_films(seed), THIS_YEAR).rank(random_block(seed, **block))


def is_excluded(scored: ScoredViewers) -> np.ndarray:
    out = np.zeros(scored.scores.shape, bool)
    for entries in (scored.viewers.grades, *scored.excluded.values()):
        out[np.repeat(np.arange(len(out)), np.diff(entries.indptr)), entries.indices] = True
    return out


def has_taste(scored: ScoredViewers, films: Films) -> np.ndarray:
    """Whose profile holds a film with events, of which alone the model has learned something."""
    told: np.ndarray = scored.viewers.weighted(OFF.evidence).toarray()[:, films.events > 0]
    return told.any(axis=1)


@settings(max_examples=30)
@given(seeds)
def test_lists_hold_no_film_twice_and_none_that_is_excluded(seed: int) -> None:
    scored = random_block(seed)

    ranked = ranked_of(ALL_ON, seed)

    for out, items in zip(is_excluded(scored), ranked.items, strict=True):
        listed = items[items != NOTHING]
        assert np.unique(listed).size == listed.size == min(ALL_ON.limit, (~out).sum())
        assert not out[listed].any()
        assert (items[listed.size :] == NOTHING).all()


@settings(max_examples=30)
@given(seeds)
def test_steps_only_reorder_the_candidates(seed: int) -> None:
    settings = replace(ALL_ON, limit=ALL_ON.candidates)

    ranked, plain = ranked_of(settings, seed), ranked_of(replace(OFF, candidates=20), seed)
    chosen = replace(OFF, candidates=20, related=settings.related, shrinkage=settings.shrinkage)
    shrunk = ranked_of(chosen, seed)

    assert ranked.items.shape == plain.items.shape
    np.testing.assert_array_equal(np.sort(ranked.items), np.sort(shrunk.items))
    named = ranked.items != NOTHING
    by_rank = np.take_along_axis(shrunk.items, ranked.ranks.astype(int), axis=1)
    np.testing.assert_array_equal(ranked.items[named], by_rank[named])


@settings(max_examples=30)
@given(seeds)
def test_with_all_strengths_at_0_the_list_is_the_scores_sorted(seed: int) -> None:
    films, scored = random_films(seed), random_block(seed)
    scores = np.where(is_excluded(scored), -np.inf, scored.scores)

    ranked = Pipeline(OFF, films).rank(scored)

    for viewer, row in enumerate(scores):
        order = np.lexsort((films.item_ids, -films.popularity, -row))
        if not has_taste(scored, films)[viewer]:
            order = np.lexsort((films.item_ids, -films.popularity))
        expected = [column for column in order.tolist() if row[column] > -np.inf]
        assert ranked.items[viewer, : len(expected)].tolist() == expected
        assert ranked.ranks[viewer, : len(expected)].tolist() == list(range(len(expected)))
    assert set(ranked.propensities[ranked.items != NOTHING].tolist()) <= {1.0}


@settings(max_examples=30)
@given(seeds, st.integers(1, 6))
def test_a_viewer_gets_the_same_list_in_any_block(seed: int, cut: int) -> None:
    pipeline = Pipeline(ALL_ON, random_films(seed), THIS_YEAR)
    scored = random_block(seed)

    together = pipeline.rank(scored)
    apart = [pipeline.rank(scored.rows(0, cut)), pipeline.rank(scored.rows(cut, 7))]

    for one, other in zip(astuple(together), astuple(RankedBlock.joined(apart)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_more_viewers_than_a_block_holds_are_ranked_in_turn() -> None:
    viewers = BLOCK + 3

    ranked = ranked_of(ALL_ON, 5, viewers=viewers)

    assert all(len(getattr(ranked, each.name)) == viewers for each in fields(ranked))


@pytest.mark.parametrize(("viewers", "items"), [(0, 40), (3, 1), (3, 0), (0, 0)])
def test_nothing_to_rank_is_ranked(viewers: int, items: int) -> None:
    pipeline = Pipeline(ALL_ON, random_films(1, items), THIS_YEAR)

    ranked = pipeline.rank(random_block(1, viewers=viewers, items=items))

    assert ranked.items.shape == ranked.propensities.shape == (viewers, min(items, ALL_ON.limit))


def test_a_viewer_without_history_gets_what_is_popular_and_is_told_so() -> None:
    films = random_films(3)
    nothing = Viewers(sp.csr_array((2, 40), dtype=np.float32))
    scored = replace(random_block(3, viewers=2), viewers=nothing, excluded={})
    settings = replace(PipelineSettings(), diversity=0, exploration_rate=0)

    ranked = Pipeline(settings, films).rank(scored)

    expected = np.lexsort((films.item_ids, -films.popularity)).tolist()
    assert ranked.items.tolist() == [expected] * 2
    assert set(ranked.sources.ravel().tolist()) == {Source.POPULAR}


def test_films_of_which_a_blend_has_learned_nothing_are_no_evidence_of_taste() -> None:
    """A profile of facts compares films that nobody rated like any others."""
    events = np.where(np.arange(40) < 3, 0, 5).astype(np.int32)
    films, scored = replace(random_films(3), events=events), random_block(3, viewers=3)
    grades = np.zeros((3, 40), np.float32)
    grades[1, [0, 1, 2]] = 8
    grades[2, [0, 1, 2, 7]] = 8
    scored = replace(scored, viewers=Viewers(sp.csr_array(grades)), excluded={})
    blend, facts = (
        Pipeline(PipelineSettings(), films, backed_by=source)
        for source in (Source.PERSONAL, Source.SIMILAR)
    )

    assert blend.own_weights(scored).tolist() == pytest.approx([0, 0, 1 / 5])
    assert facts.own_weights(scored).tolist() == pytest.approx([0, 3 / 7, 4 / 8])
    assert set(blend.rank(scored).sources[1].tolist()) <= {0, Source.POPULAR, Source.EXPLORED}


@settings(max_examples=30)
@given(seeds)
def test_sources_and_affinities_tell_what_the_model_says(seed: int) -> None:
    scored = random_block(seed)
    pipeline = Pipeline(OFF, random_films(seed))

    ranked = pipeline.rank(scored)

    taste = has_taste(scored, pipeline.films)
    for viewer, items in enumerate(ranked.items):
        listed = items != NOTHING
        mine = scored.scores[viewer, items[listed]]
        np.testing.assert_array_equal(ranked.affinities[viewer, listed], mine)
        backed = (mine > scored.scores[viewer].mean()) & taste[viewer]
        is_rated = pipeline.films.events[items[listed]] > 0
        spoken_for = np.where(is_rated, Source.PERSONAL, Source.SIMILAR)
        expected = np.where(backed, spoken_for, Source.POPULAR)
        np.testing.assert_array_equal(ranked.sources[viewer, listed], expected)
        assert not ranked.sources[viewer, ~listed].any()


@pytest.mark.parametrize(
    "wrong",
    [
        {"exploration_rate": 1.5},
        {"exploration_places": (4, 1)},
        {"exploration_places": (-1,)},
        {"page": 0},
        {"freshness_half_life": 0.0},
        {"candidates": -1},
        {"shrinkage": -1.0},
        {"debias_evidence": -1.0},
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(OFF, **wrong)


def test_freshness_needs_a_year_to_count_from() -> None:
    with pytest.raises(ValueError, match="year"):
        Pipeline(replace(OFF, freshness=0.1), random_films(1))
