"""Why a film does not stand on a viewer's first page: the steps run again, and are asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from services.recommender.arrays import FloatArray, IntArray

from .candidates import select_candidates
from .excludes import is_excluded
from .ranking import Pipeline, ScoredViewers
from .steps import Steps, final_order

PROFILE = "profile"


class FellOut(Enum):
    """The step at which a film lost its place among the first of the list."""

    NOT_IN_MODEL = "not in the model"
    EXCLUDED = "excluded"
    NOT_A_CANDIDATE = "not a candidate"
    SCORE = "ranked lower by its score"
    DEBIAS = "moved down for its popularity or age"
    DIVERSITY = "passed over for diversity or genres"
    EXPLORATION = "pushed aside by an explored film"
    NOWHERE = "on the page"


@dataclass(frozen=True)
class Whereabouts:
    """Places count from 0 and are None after the step at which the film was out.

    `excluded_by` names what keeps the film out. `rank` is its place by score among all films that
    are not excluded, `by_relevance` after debias and freshness, `reranked` after diversity and
    calibration, `place` that in the list. `passed_at` is the first place for which a film of less
    relevance, that of column `passed_by`, was chosen before it.
    """

    fell_out: FellOut
    excluded_by: tuple[str, ...] = ()
    rank: int | None = None
    by_relevance: int | None = None
    reranked: int | None = None
    place: int | None = None
    passed_at: int | None = None
    passed_by: int | None = None


def why_not(
    pipeline: Pipeline, scored: ScoredViewers, item_id: int, *, within: int | None = None
) -> Whereabouts:
    """What became of a film for the only viewer of `scored`, for the first `within` places.

    By default that is a page of the settings.
    """
    item_ids = pipeline.films.item_ids
    column = int(np.searchsorted(item_ids, item_id))
    if column == item_ids.size or item_ids[column] != item_id:
        return Whereabouts(FellOut.NOT_IN_MODEL)
    steps = pipeline.trace(scored)
    rank = _rank(pipeline, scored, steps, column)
    excluded_by = _excluded_by(scored, column)
    if excluded_by:
        return Whereabouts(FellOut.EXCLUDED, excluded_by=excluded_by, rank=rank)
    among = np.flatnonzero(steps.candidates[0] == column)
    if not among.size:
        return Whereabouts(FellOut.NOT_A_CANDIDATE, rank=rank)
    return _among_candidates(
        pipeline, steps, int(among[0]), rank=rank, within=within or pipeline.settings.page
    )


def _among_candidates(
    pipeline: Pipeline, steps: Steps, candidate: int, *, rank: int, within: int
) -> Whereabouts:
    """Of the film at a place among the candidates; `rank` is its place among all films."""
    by_relevance = _place_of(candidate, steps.order[0])
    reranked = _place_of(by_relevance, steps.arranged[0])
    place = _place_of(by_relevance, final_order(steps)[0])
    passed_at, passed_by = _passed(steps, by_relevance)
    return Whereabouts(
        _fell_out((rank, by_relevance, reranked, place), min(within, pipeline.settings.limit)),
        rank=rank,
        by_relevance=by_relevance,
        reranked=reranked,
        place=place if place < pipeline.settings.limit else None,
        passed_at=passed_at,
        passed_by=passed_by,
    )


def _fell_out(places: Sequence[int], within: int) -> FellOut:
    """The step after the last one that left the film among the first `within`."""
    after = (FellOut.DEBIAS, FellOut.DIVERSITY, FellOut.EXPLORATION, FellOut.NOWHERE)
    inside = [number for number, place in enumerate(places) if place < within]
    return after[inside[-1]] if inside else FellOut.SCORE


def _excluded_by(scored: ScoredViewers, column: int) -> tuple[str, ...]:
    excludes = {PROFILE: scored.viewers.grades, **scored.excluded}
    return tuple(
        name for name, unwanted in excludes.items() if is_excluded(unwanted, row=0, column=column)
    )


def _rank(pipeline: Pipeline, scored: ScoredViewers, steps: Steps, column: int) -> int:
    """Place of the film among all by score, if it were not excluded."""
    scores: FloatArray = steps.blended.copy()
    scores[0, column] = pipeline.blend(scored, steps.own)[0, column]
    ranked = select_candidates(scores, pipeline.ties, scores.shape[1])
    return _place_of(column, ranked[0])


def _place_of(value: int, row: IntArray) -> int:
    return int(np.flatnonzero(row == value)[0])


def _passed(steps: Steps, position: int) -> tuple[int | None, int | None]:
    """The first place that went to a candidate of less relevance while this one waited."""
    columns = steps.candidates[0, steps.order[0]]
    for place, chosen in enumerate(steps.picked[0].tolist()):
        if chosen in {position, columns.size}:
            break
        if chosen > position:
            return place, int(columns[chosen])
    return None, None
