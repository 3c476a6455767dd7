"""What operators do with experiments. Lists follow a start and a stop as soon as they are built."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Greatest

from apps.core.events import announce
from apps.recommendations import signals
from apps.recommendations.experimenting.assignment import PLACES
from apps.recommendations.experimenting.variant_settings import read_settings
from apps.recommendations.models import (
    DEFAULT_DAYS,
    DEFAULT_EFFECT,
    ActiveGeneration,
    Experiment,
    Generation,
    ModelVersion,
    Variant,
)

from .runs import CANCELLABLE_GENERATIONS, request_generation

State = Experiment.State

_LOCK_EXPERIMENTS = "SELECT pg_advisory_xact_lock(hashtext('nexus.experiments'), 0)"


class ExperimentRefusedError(Exception):
    """What was asked of an experiment makes no sense, or not now. Nothing was changed."""

    # What of a new experiment is at fault.
    field = "variants"


class NameTakenError(ExperimentRefusedError):
    """There is an experiment of that name."""

    field = "name"


class TooLongError(ExperimentRefusedError):
    """What viewers were shown at the beginning would be gone before the end."""

    field = "max_days"


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
    effect: float = DEFAULT_EFFECT,
    max_days: int = DEFAULT_DAYS,
    requested_by_id: int | None = None,
) -> Experiment:
    """Note down an experiment; nobody's lists change. Its name serves as salt where none is given.

    Raises:
        NameTakenError: there is an experiment of that name.
        TooLongError: impressions are not kept for so long.
        ExperimentRefusedError: the variants do not make a comparison.
    """
    _require_comparison(variants)
    _require_impressions(max_days)
    lock_experiments()
    if Experiment.objects.filter(name=name).exists():
        raise NameTakenError("there is an experiment of this name")
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
        ExperimentRefusedError: it has been started before, another one runs, or impressions are
            not kept for as long as it is to last.
    """
    lock_experiments()
    experiment = _locked(experiment_id, state=State.DRAFT, wanted="has been started before")
    _require_impressions(experiment.max_days)
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
    # The clock of the host that started it may be ahead of this one's.
    Experiment.objects.filter(pk=experiment.pk).update(
        state=State.STOPPED, stopped_at=Greatest("started_at", Value(at)), stop_reason=reason
    )
    announce(signals.look_requested, experiment_id=experiment.pk)
    return _request_lists()


@transaction.atomic
def discard_experiment(*, experiment_id: int) -> None:
    """Remove a draft. What was started stays, with what was found.

    Raises:
        ExperimentRefusedError: it has been started.
    """
    lock_experiments()
    wanted = "has been started: what it finds is kept"
    _locked(experiment_id, state=State.DRAFT, wanted=wanted).delete()


def lock_experiments() -> None:
    """Of two who would change experiments, the second finds what the first did.

    It comes before the row of any experiment and the model that lists are asked of.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_EXPERIMENTS)


def _locked(experiment_id: int, *, state: str, wanted: str) -> Experiment:
    experiment = Experiment.objects.select_for_update(no_key=True).filter(pk=experiment_id).first()
    if experiment is None:
        raise ExperimentRefusedError("the experiment is gone")
    if experiment.state != state:
        raise ExperimentRefusedError(f"{experiment} {wanted}")
    return experiment


def _request_lists() -> Generation | None:
    """New lists of everybody by the model of the newest ones, unless they wait to be begun anyway.

    Those that are being built already were begun under what has just changed.
    """
    ready = ModelVersion.objects.select_for_update(no_key=True).filter(
        pk__in=_model_of_newest_lists(), state=ModelVersion.State.READY
    )
    version = ready.only("pk").first()
    if version is None:
        return None
    # One that a worker begins at this moment is waited for, or waits, and then finds what changed.
    waiting = Generation.objects.select_for_update(no_key=True).filter(
        model_version=version.pk, publish=True, state=Generation.State.REQUESTED, attempts=0
    )
    return waiting.first() or request_generation(model_version_id=version.pk)


def _model_of_newest_lists() -> QuerySet[Generation, Any]:
    """Of those that are read, or of newer ones that are to be.

    Lists by the model before would follow these, and be kept back for its older data.
    """
    active = Q(pk__in=ActiveGeneration.objects.values("generation"))
    coming = Q(publish=True, state__in=CANCELLABLE_GENERATIONS)
    newest = Generation.objects.filter(active | coming).order_by("-pk")
    return newest.values("model_version")[:1]


def _require_impressions(max_days: int) -> None:
    kept = settings.IMPRESSION_RETENTION_DAYS
    if max_days >= kept:
        raise TooLongError(
            f"it would last {max_days} days, and what viewers were shown is kept for {kept} "
            "(IMPRESSION_RETENTION_DAYS)"
        )


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
