"""How a generation makes its lists: with the usual settings, or those of the viewer's variant."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Self

import numpy as np
from django.db import transaction

from apps.recommendations import actions
from apps.recommendations.experimenting.assignment import Arm, Assignment
from apps.recommendations.models import Alert, Experiment, Generation, Variant
from services.recommender.arrays import IntArray
from services.recommender.histories import Histories
from services.recommender.served_model import ServedModel

from . import listing
from .alerts import raise_alert
from .hidden import HiddenRows
from .list_rows import ListDraft
from .list_settings import ListSettings

_USUAL = 0


@dataclass(frozen=True)
class Recipe:
    """`assignment` is None for a generation that was begun while no experiment ran."""

    usual: ListSettings
    assignment: Assignment | None = None

    @classmethod
    def from_json(cls, pipeline: Mapping[str, Any], assignment: Mapping[str, Any]) -> Self:
        """Of what a generation has stored."""
        return cls(ListSettings.from_json(pipeline), Assignment.from_json(assignment))

    @classmethod
    def of(cls, generation: Generation) -> Self:
        return cls.from_json(generation.pipeline, generation.assignment)

    def settings_of(self, variant_id: int | None) -> ListSettings:
        """What a list of the variant was made with; the usual ones of a list of none."""
        return self._settings[variant_id or _USUAL]

    def make_lists(
        self,
        model: ServedModel,
        histories: Histories,
        hidden: HiddenRows,
        revisions: Mapping[int, int],
    ) -> Iterator[ListDraft]:
        """The list of each viewer; those of one variant are made together."""
        if self.assignment is None:
            yield from listing.make_lists(model, self.usual, histories, hidden, revisions)
            return
        variants = self._variants_of(histories.user_ids)
        for variant_id in np.unique(variants).tolist():
            chosen = histories.chosen(np.flatnonzero(variants == variant_id))
            settings = self._settings[variant_id]
            for draft in listing.make_lists(model, settings, chosen, hidden, revisions):
                yield replace(draft, variant_id=variant_id)

    def _variants_of(self, user_ids: IntArray) -> IntArray:
        arms = map(self._arm_of, user_ids.tolist())
        return np.array([arm.variant_id if arm else _USUAL for arm in arms], np.int64)

    def _arm_of(self, user_id: int) -> Arm | None:
        return self.assignment.arm_of(user_id) if self.assignment else None

    @cached_property
    def _settings(self) -> dict[int, ListSettings]:
        arms = self.assignment.arms if self.assignment else ()
        stored = {arm.variant_id: ListSettings.from_json(arm.settings) for arm in arms}
        return {_USUAL: self.usual, **stored}


def begin(usual: ListSettings, *, at: datetime) -> tuple[Experiment | None, Assignment | None]:
    """What a generation that is begun now has to do with the experiment that runs, if one does.

    One whose settings this release cannot use is stopped: nobody's lists are to wait for it.
    """
    experiment = Experiment.objects.filter(state=Experiment.State.RUNNING).first()
    if experiment is None:
        return None, None
    try:
        return experiment, _assignment(experiment, usual)
    except ValueError as error:
        _stop(experiment, reason=f"its lists cannot be made: {error}", at=at)
        return None, None


def _assignment(experiment: Experiment, usual: ListSettings) -> Assignment:
    arms = [
        Arm(variant.pk, variant.share, _settings_of(variant, usual).to_json())
        for variant in experiment.variants.order_by("position")
    ]
    return Assignment(experiment.salt, tuple(arms))


@transaction.atomic
def _stop(experiment: Experiment, *, reason: str, at: datetime) -> None:
    # Somebody else may have stopped it since it was read.
    with suppress(actions.ExperimentRefusedError):
        actions.stop_experiment(experiment_id=experiment.pk, at=at, reason=reason)
        raise_alert(kind=Alert.Kind.EXPERIMENT, subject=str(experiment), text=reason, at=at)


def _settings_of(variant: Variant, usual: ListSettings) -> ListSettings:
    if variant.kind == Variant.Kind.POPULARITY:
        return usual.of_popularity_alone()
    return usual.changed(variant.pipeline)
