"""A stored list once more, from what it was made of, to be asked what made it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from services.recommender.histories import Histories
from services.recommender.pipeline.breakdown import Breakdown, Contribution, Reason, break_down
from services.recommender.pipeline.counterfactuals import standing, without
from services.recommender.pipeline.explaining import explain_blended
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers
from services.recommender.pipeline.tracing import PROFILE, Whereabouts, why_not
from services.recommender.served_model import ServedModel

from . import listing
from .hidden import HiddenRows
from .list_settings import ListSettings

# Scores are sums of float32, which round otherwise for one viewer than for a block of them, and
# those of a kernel are solved for its training users. What is told has the difference by name.
MOST_ROUNDING = 1e-4
ROUNDING = "rounding"

_HIDDEN_FILM, _HIDDEN_SUBJECT = "hidden_film", "hidden_"


class NotReproducedError(Exception):
    """The film's score would be another one today: what the list was made of has changed."""


@dataclass(frozen=True)
class MadeList:
    """The list of the only viewer of `history` at a Taste revision."""

    model: ServedModel
    settings: ListSettings
    history: Histories
    hidden: HiddenRows
    revision: int

    @property
    def pipeline(self) -> Pipeline:
        return listing.pipeline_of(self.model, self.settings)

    @cached_property
    def scored(self) -> ScoredViewers:
        return self._scored(self.history)

    def why(self, movie_id: int, *, score: float) -> dict[str, Any]:
        """What makes up the stored `score` of a film.

        Raises:
            NotReproducedError: the score is another one.
        """
        columns, _ = self.model.locate(np.array([movie_id]))
        viewer = self.scored.viewers
        told = explain_blended(
            self.pipeline, self.scored, self.model.scorer.explain(viewer, columns)
        )
        parts = break_down(told, viewer)
        rounding = score - parts.score
        if abs(rounding) > MOST_ROUNDING * max(1, abs(score)):
            raise NotReproducedError(f"the score was {score}, and would be {parts.score} now")
        return {
            **self._parts(parts),
            "constants": {**parts.constants, ROUNDING: rounding},
            "counterfactuals": [
                self._counterfactual(self._id_of(reason.column), int(columns[0]))
                for reason in parts.reasons
            ],
        }

    def why_not(self, movie_id: int) -> dict[str, Any]:
        """What became of a film on the way to the first page."""
        found = why_not(self.pipeline, self.scored, movie_id)
        return {
            "fell_out": found.fell_out.name.lower(),
            "excluded_by": [self._excluding(name, movie_id) for name in found.excluded_by],
            "rank": _counted(found.rank),
            "by_relevance": _counted(found.by_relevance),
            "reranked": _counted(found.reranked),
            "place": _counted(found.place),
            "passed_by": self._passed(found),
            "settings": self.settings.to_json(),
        }

    def _parts(self, parts: Breakdown) -> dict[str, Any]:
        return {
            "because": [self._row(reason) | {"share": reason.share} for reason in parts.reasons],
            "contributions": [self._row(each) for each in parts.contributions],
            "others": {"films": parts.rest_films, "contribution": parts.rest},
        }

    def _row(self, part: Contribution | Reason) -> dict[str, Any]:
        return {"movie_id": self._id_of(part.column), "contribution": part.value}

    def _counterfactual(self, without_id: int, column: int) -> dict[str, Any]:
        """Where a film would stand if the viewer had never done anything with another."""
        found = standing(self.pipeline, self._scored(without(self.history, without_id)), column)
        return {"movie_id": without_id, "place": _counted(found.place), "score": found.score}

    def _scored(self, history: Histories) -> ScoredViewers:
        revisions = {int(history.user_ids[0]): self.revision}
        return listing.score(self.model, history, self.hidden, revisions, self.settings.recency)

    def _excluding(self, name: str, movie_id: int) -> str:
        if name != PROFILE:
            return f"{_HIDDEN_SUBJECT}{name}"
        (grade,) = self.history.grades[self.history.item_ids == movie_id]
        return PROFILE if grade > 0 else _HIDDEN_FILM

    def _passed(self, found: Whereabouts) -> dict[str, Any] | None:
        if found.passed_by is None:
            return None
        return {"place": _counted(found.passed_at), "movie_id": self._id_of(found.passed_by)}

    def _id_of(self, column: int) -> int:
        return int(self.model.item_ids[column])


def _counted(place: int | None) -> int | None:
    """From 1."""
    return None if place is None else place + 1
