"""Where a film stands for a viewer. Asked of the same viewer without an event, it is where the film
would stand: chance is a function of viewer and revision, so that the draws are the same.
"""

from dataclasses import dataclass

import numpy as np

from services.recommender.histories import Histories

from .ranking import Pipeline, ScoredViewers


@dataclass(frozen=True)
class Standing:
    """`place` counts from 0 and is None for a film that is not in the list; `score` is that before
    re-ranking, also of a film that no list may hold.
    """

    place: int | None
    score: float


def standing(pipeline: Pipeline, scored: ScoredViewers, column: int) -> Standing:
    """Of the film of a column, in the list of the only viewer of `scored`."""
    found = np.flatnonzero(pipeline.rank(scored).items[0] == column)
    blended = pipeline.blend(scored, pipeline.own_weights(scored))
    return Standing(int(found[0]) if found.size else None, float(blended[0, column]))


def without(history: Histories, item_id: int) -> Histories:
    """The only viewer of `history`, had they never done anything with the film."""
    kept = history.item_ids != item_id
    grades, ages = history.grades[kept], history.ages[kept]
    telling = ages[(grades > 0) & ~np.isnan(ages)]
    # Ages count from the newest event that tells anything, which may have been that film's.
    newest = telling.min() if telling.size else 0.0
    indptr = np.array([0, grades.size], history.indptr.dtype)
    return Histories(history.user_ids, indptr, history.item_ids[kept], grades, ages - newest)
