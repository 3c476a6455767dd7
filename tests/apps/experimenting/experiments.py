"""Experiments for tests."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from apps.recommendations import actions
from apps.recommendations.actions import VariantDraft
from apps.recommendations.models import Experiment, Variant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CONTROL = VariantDraft(name="control", share=500, is_control=True)
BOLD = VariantDraft(name="bold", share=480, pipeline={"popularity_debias": 0.8})
_numbers = count(1)
HOLDBACK = VariantDraft(name="holdback", share=20, kind=Variant.Kind.POPULARITY)


def make_experiment(*variants: VariantDraft, running: bool = False, **fields: Any) -> Experiment:
    experiment = actions.create_experiment(
        **{"name": f"bolder-{next(_numbers)}", "variants": variants or (CONTROL, BOLD, HOLDBACK)}
        | fields
    )
    if running:
        actions.start_experiment(experiment_id=experiment.pk, at=NOON)
        experiment.refresh_from_db()
    return experiment
