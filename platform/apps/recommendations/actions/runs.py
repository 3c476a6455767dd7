"""What operators ask for. Each request is a row; a worker does the work."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from django.db import connection, models, transaction

from apps.core.events import announce
from apps.core.runs import Run
from apps.favorites.actions import bump_tastes
from apps.recommendations import signals
from apps.recommendations.gate import WITHOUT_GATE
from apps.recommendations.models import (
    Generation,
    GenerationShard,
    ModelMeasurement,
    ModelShard,
    ModelVersion,
)

AnyRun = TypeVar("AnyRun", bound=Run)

Origin = ModelVersion.Origin

MAX_REFRESHES = 1_000
# So many messages are sent at once. The sweep sends the others as the realtime queue has room, so
# that no viewer's own write waits behind them.
NUDGED_AT_ONCE = 50

OPEN_TRAININGS = (ModelVersion.State.REQUESTED, ModelVersion.State.TRAINING)
UNFINISHED_GENERATIONS = (Generation.State.REQUESTED, Generation.State.BUILDING)
# A generation that is READY has lists, and nobody works on it any more.
CANCELLABLE_GENERATIONS = (*UNFINISHED_GENERATIONS, Generation.State.READY)
OPEN_MEASUREMENTS = (ModelMeasurement.State.REQUESTED, ModelMeasurement.State.MEASURING)
OPEN_MODEL_SHARDS = (ModelShard.State.WAITING, ModelShard.State.RUNNING)
OPEN_SHARDS = (GenerationShard.State.WAITING, GenerationShard.State.RUNNING)

_LOCK_TRAININGS = "SELECT pg_advisory_xact_lock(hashtext('nexus.trainings'), 0)"


class TooManyUsersError(Exception):
    """More than MAX_REFRESHES users at once. Nothing was changed."""


class ModelNotReadyError(Exception):
    """The model is not READY, or gone. Nothing was changed."""


class StillOpenError(Exception):
    """The same is under way already. Nothing was changed."""


class NotOpenError(Exception):
    """The run has ended, or is gone. Nothing was changed."""


@transaction.atomic
def request_training(
    *,
    publish: bool = True,
    with_gate: bool = True,
    origin: str = Origin.COMMAND,
    requested_by_id: int | None = None,
) -> ModelVersion:
    """Ask for a new model; with `publish`, new lists of all users follow it.

    Without the gate it is trained with the settings of the environment, whatever they are worth.
    """
    version = ModelVersion.objects.create(
        publish=publish,
        gate={} if with_gate else {"skipped": WITHOUT_GATE},
        origin=origin,
        requested_by_id=requested_by_id,
    )
    announce(signals.training_requested, model_version_id=version.pk)
    return version


@transaction.atomic
def request_next_training(
    *,
    publish: bool = True,
    with_gate: bool = True,
    origin: str = Origin.COMMAND,
    requested_by_id: int | None = None,
) -> ModelVersion:
    """Ask for a new model unless one is being trained or waits to be.

    Raises:
        StillOpenError: one is; of two such requests at once, the second finds the first.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_TRAININGS)
    version = ModelVersion.objects.filter(state__in=OPEN_TRAININGS).order_by("pk").first()
    if version is not None:
        raise StillOpenError(f"{version} is {version.state} already")
    return request_training(
        publish=publish, with_gate=with_gate, origin=origin, requested_by_id=requested_by_id
    )


@transaction.atomic
def request_generation(*, model_version_id: int, publish: bool = True) -> Generation:
    """Ask for lists of all users made with a model that is READY or becomes so with this."""
    generation = Generation.objects.create(model_version_id=model_version_id, publish=publish)
    announce(signals.generation_requested, generation_id=generation.pk)
    return generation


@transaction.atomic
def request_lists(*, model_version_id: int, publish: bool = True) -> Generation:
    """Ask for lists of all users, made with a model that is READY now.

    Raises:
        ModelNotReadyError: it is not, or it has been purged.
        StillOpenError: such lists are being built already.
    """
    # The lock keeps the purge from removing the model before the generation holds on to it, and of
    # two requests at once it lets the second find the first.
    ready = ModelVersion.objects.select_for_update(no_key=True).filter(
        pk=model_version_id, state=ModelVersion.State.READY
    )
    if not ready.exists():
        raise ModelNotReadyError(f"model {model_version_id} is not ready")
    same = Generation.objects.filter(model_version=model_version_id, publish=publish)
    generation = same.filter(state__in=UNFINISHED_GENERATIONS).order_by("pk").first()
    if generation is not None:
        raise StillOpenError(
            f"{generation} with model {model_version_id} is {generation.state} already"
        )
    return request_generation(model_version_id=model_version_id, publish=publish)


@transaction.atomic
def request_measurement(*, model_version_id: int) -> ModelMeasurement:
    """Ask how good a model is that is READY or becomes so with this; an older answer goes."""
    ModelMeasurement.objects.filter(model_version=model_version_id).delete()
    measurement = ModelMeasurement.objects.create(model_version_id=model_version_id)
    announce(signals.measurement_requested, measurement_id=measurement.pk)
    return measurement


@transaction.atomic
def request_metrics(*, model_version_id: int) -> ModelMeasurement:
    """Ask how good a model is that is READY now.

    Raises:
        ModelNotReadyError: it is not, or it has been purged.
        StillOpenError: it is being measured already.
    """
    # As in request_lists, the lock lets the second of two requests find the first.
    ready = ModelVersion.objects.select_for_update(no_key=True).filter(
        pk=model_version_id, state=ModelVersion.State.READY
    )
    if not ready.exists():
        raise ModelNotReadyError(f"model {model_version_id} is not ready")
    open_runs = ModelMeasurement.objects.filter(state__in=OPEN_MEASUREMENTS)
    measurement = open_runs.filter(model_version=model_version_id).first()
    if measurement is not None:
        raise StillOpenError(f"the {measurement} is {measurement.state} already")
    return request_measurement(model_version_id=model_version_id)


@transaction.atomic
def request_refresh(*, user_ids: Collection[int], at: datetime) -> list[int]:
    """Ask for new lists of these users; the ids of those who exist.

    Raises:
        TooManyUsersError: there are more than MAX_REFRESHES; build a generation instead.
    """
    if len(user_ids) > MAX_REFRESHES:
        raise TooManyUsersError(f"{len(user_ids)} users are more than {MAX_REFRESHES}")
    bumped = bump_tastes(user_ids=user_ids, at=at)
    for user_id in bumped[:NUDGED_AT_ONCE]:
        announce(signals.refresh_requested, user_id=user_id)
    return bumped


@transaction.atomic
def cancel_training(*, model_version_id: int, at: datetime) -> ModelVersion:
    """End a training that is going on or waits. A worker's slice in progress is not saved.

    Raises:
        NotOpenError: it has ended.
    """
    open_runs = ModelVersion.objects.filter(state__in=OPEN_TRAININGS)
    cancelled = _cancel(open_runs, model_version_id, ModelVersion.State.CANCELLED, at=at)
    cancelled.shards.filter(state__in=OPEN_MODEL_SHARDS).update(
        state=ModelShard.State.CANCELLED, finished_at=at, leased_until=None
    )
    return cancelled


@transaction.atomic
def cancel_generation(*, generation_id: int, at: datetime) -> Generation:
    """End a generation that was never read. Its lists go with the next purge.

    Raises:
        NotOpenError: it is or was the active one, or has ended.
    """
    open_runs = Generation.objects.filter(state__in=CANCELLABLE_GENERATIONS)
    cancelled = _cancel(open_runs, generation_id, Generation.State.CANCELLED, at=at)
    cancelled.shards.filter(state__in=OPEN_SHARDS).update(
        state=GenerationShard.State.CANCELLED, finished_at=at, leased_until=None
    )
    return cancelled


@transaction.atomic
def cancel_measurement(*, measurement_id: int, at: datetime) -> ModelMeasurement:
    """End a measurement that is going on or waits; the model's metrics stay as they were.

    Raises:
        NotOpenError: it has ended.
    """
    open_runs = ModelMeasurement.objects.filter(state__in=OPEN_MEASUREMENTS)
    cancelled = _cancel(open_runs, measurement_id, ModelMeasurement.State.CANCELLED, at=at)
    cancelled.viewer_ids = []
    cancelled.save(update_fields=["viewer_ids"])
    return cancelled


def _cancel(open_runs: models.QuerySet[AnyRun], pk: int, cancelled: str, *, at: datetime) -> AnyRun:
    # A worker that saves a slice holds the row: whoever comes first wins, and the other one finds
    # a row that is no longer its own. A worker that saves a shard needs the generation's key, which
    # this lock leaves free: it may end, and the shards are waited for without a deadlock.
    run = open_runs.select_for_update(no_key=True).filter(pk=pk).first()
    if run is None:
        raise NotOpenError(f"run {pk} has ended")
    type(run)._default_manager.filter(pk=pk).update(  # noqa: SLF001  # whichever run it is
        state=cancelled, finished_at=at, leased_until=None
    )
    run.refresh_from_db()
    return run
