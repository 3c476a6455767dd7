"""What operators do with experiments. Lists follow a start and a stop as soon as they are built."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.core.events import announce
from apps.recommendations import signals
from apps.recommendations.experimenting.assignment import PLACES
from apps.recommendations.experimenting.variant_settings import read_settings
from apps.recommendations.models import (
    ActiveGeneration,
    Experiment,
    Generation,
    ModelVersion,
    Variant,
)

from .runs import request_generation

State = Experiment.State

_LOCK_EXPERIMENTS = "SELECT pg_advisory_xact_lock(hashtext('nexus.experiments'), 0)"


class ExperimentRefusedError(Exception):
    """What was asked of an experiment makes no sense, or not now. Nothing was changed."""


class NameTakenError(ExperimentRefusedError):
    """There is an experiment of that name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VariantDraft:
    name: str
    share: int
    is_control: bool = False
    kind: str = Variant.Kind.PIPELINE
    pipeline: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def create_experiment(
    *,
    name: str,
    variants: Sequence[VariantDraft],
    description: str = "",
    salt: str = "",
    metric: str = Experiment.Metric.CLICKS,
    effect: float = 0.1,
    max_days: int = 28,
    requested_by_id: int | None = None,
) -> Experiment:
    """Note down an experiment; nobody's lists change. Its name serves as salt where none is given.

    Raises:
        NameTakenError: there is an experiment of that name.
        ExperimentRefusedError: the variants do not make a comparison.
    """
    _require_comparison(variants)
    lock_experiments()
    if Experiment.objects.filter(name=name).exists():
        raise NameTakenError(f"there is an experiment {name} already")
    experiment = Experiment.objects.create(
        name=name,
        description=description,
        salt=salt or name,
        metric=metric,
        effect=effect,
        max_days=max_days,
        requested_by_id=requested_by_id,
    )
    Variant.objects.bulk_create(
        Variant(
            experiment=experiment,
            position=position,
            name=draft.name,
            share=draft.share,
            is_control=draft.is_control,
            kind=draft.kind,
            pipeline=read_settings(draft.pipeline),
        )
        for position, draft in enumerate(variants)
    )
    return experiment


@transaction.atomic
def start_experiment(*, experiment_id: int, at: datetime) -> Generation | None:
    """Let it run; the generation whose lists follow it, None where the next training's will.

    Raises:
        ExperimentRefusedError: it has been started before, or another one runs.
    """
    lock_experiments()
    experiment = _locked(experiment_id, state=State.DRAFT, wanted="has been started before")
    running = Experiment.objects.filter(state=State.RUNNING).first()
    if running is not None:
        raise ExperimentRefusedError(f"{running} runs: stop it first")
    Experiment.objects.filter(pk=experiment.pk).update(state=State.RUNNING, started_at=at)
    return _request_lists()


@transaction.atomic
def stop_experiment(*, experiment_id: int, at: datetime, reason: str = "") -> Generation | None:
    """End it; the generation of usual lists for everybody, None where the next training's will be.

    Raises:
        ExperimentRefusedError: it does not run.
    """
    lock_experiments()
    experiment = _locked(experiment_id, state=State.RUNNING, wanted="does not run")
    Experiment.objects.filter(pk=experiment.pk).update(
        state=State.STOPPED, stopped_at=at, stop_reason=reason
    )
    announce(signals.look_requested, experiment_id=experiment.pk)
    return _request_lists()


def lock_experiments() -> None:
    """Of two who would change experiments, the second finds what the first did.

    It comes before the row of any experiment and the model that lists are asked of.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_EXPERIMENTS)


def _locked(experiment_id: int, *, state: str, wanted: str) -> Experiment:
    experiment = Experiment.objects.select_for_update(no_key=True).get(pk=experiment_id)
    if experiment.state != state:
        raise ExperimentRefusedError(f"{experiment} {wanted}")
    return experiment


def _request_lists() -> Generation | None:
    """New lists of everybody by the active model, unless they wait to be begun anyway.

    Those that are being built already were begun under what has just changed.
    """
    ready = ModelVersion.objects.select_for_update(no_key=True).filter(
        pk__in=ActiveGeneration.objects.values("generation__model_version"),
        state=ModelVersion.State.READY,
    )
    version = ready.only("pk").first()
    if version is None:
        return None
    # One that a worker begins at this moment is waited for, or waits, and then finds what changed.
    waiting = Generation.objects.select_for_update(no_key=True).filter(
        model_version=version.pk, publish=True, state=Generation.State.REQUESTED, attempts=0
    )
    return waiting.first() or request_generation(model_version_id=version.pk)


def _require_comparison(variants: Sequence[VariantDraft]) -> None:
    _require_distinct([draft.name for draft in variants])
    if len(variants) < 2:  # noqa: PLR2004  # a comparison is of two
        raise ExperimentRefusedError("a comparison needs two variants")
    if sum(draft.is_control for draft in variants) != 1:
        raise ExperimentRefusedError("exactly one variant is the control")
    if sum(draft.share for draft in variants) > PLACES:
        raise ExperimentRefusedError(f"the shares add up to more than {PLACES} thousandths")
    for draft in variants:
        _require_settings(draft)


def _require_distinct(names: Collection[str]) -> None:
    if len(set(names)) < len(names):
        raise ExperimentRefusedError("two variants have the same name")


def _require_settings(draft: VariantDraft) -> None:
    if draft.kind == Variant.Kind.POPULARITY and draft.pipeline:
        raise ExperimentRefusedError("a variant that ranks by popularity has no settings")
    try:
        read_settings(draft.pipeline)
    except ValueError as error:
        raise ExperimentRefusedError(f"{draft.name}: {error}") from error
