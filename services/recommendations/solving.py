"""The weights of the films, in shards that any number of workers solve side by side."""

from datetime import datetime
from enum import Enum, auto

from django.db import transaction

from apps.recommendations import actions
from apps.recommendations.models import ModelShard, ModelVersion
from services import leasing
from services.leasing import Clock, Lease, Rescue
from services.recommender.gram import Gram
from services.recommender.local_ridge import SolvedBlock, solve_block

from . import gram_cache, model_store, phases
from .configuration import Configuration

# About one second of work with 200 neighbours.
ITEMS_PER_SHARD = 1_000

State = ModelShard.State
Phase = ModelVersion.Phase

OPEN_SHARD_STATES = actions.OPEN_MODEL_SHARDS


class Outcome(Enum):
    """What is to be done after a message about a shard."""

    NOTHING = auto()
    # This host has no matrix yet, or has got it just now; the shard still waits.
    THE_SAME_AGAIN = auto()
    ALL_SOLVED = auto()


def cut_into_shards(held: ModelVersion) -> None:
    """Shards of all films, on a row that the caller saves."""
    starts = range(0, held.item_count, ITEMS_PER_SHARD)
    ModelShard.objects.bulk_create(
        ModelShard(
            model_version=held,
            number=number,
            start=start,
            stop=min(start + ITEMS_PER_SHARD, held.item_count),
        )
        for number, start in enumerate(starts)
    )
    held.shard_count = len(starts)


def solve_shard(*, shard_id: int, clock: Clock) -> Outcome:
    """Solve one shard, or bring this host nearer to the matrix that it takes."""
    shard = ModelShard.objects.select_related("model_version").filter(pk=shard_id).first()
    if shard is None or shard.state not in OPEN_SHARD_STATES:
        return Outcome.NOTHING
    gram = gram_cache.find_gram(shard.model_version)
    if gram is None:
        try:
            return _prepare_host(shard, clock)
        except gram_cache.HostBusyError:
            return Outcome.THE_SAME_AGAIN
    lease = _claim(shard_id, at=clock())
    if lease is None:
        return Outcome.NOTHING
    leasing.work(lease, lambda held: _solve(held, shard, gram, clock), clock=clock)
    return Outcome.NOTHING if _open_siblings(shard) else Outcome.ALL_SOLVED


def waiting_shards(model_version_id: int, *, at: datetime) -> list[int]:
    shards = ModelShard.objects.filter(
        leasing.unowned(at=at), model_version=model_version_id, state__in=OPEN_SHARD_STATES
    )
    return list(shards.order_by("number").values_list("pk", flat=True))


def shards_done(model_version_id: int) -> int:
    return ModelShard.objects.filter(model_version=model_version_id, state=State.DONE).count()


@transaction.atomic
def finish_if_complete(
    model_version_id: int, *, at: datetime, rescue: Rescue[ModelVersion] = leasing.no_rescue
) -> ModelVersion | None:
    """Go on to the factors, or give up, when no shard is open; the version as it is then."""
    # A worker that saves a shard needs the version's key, which this lock leaves free.
    solving = ModelVersion.objects.select_for_update(no_key=True).filter(
        pk=model_version_id, state=ModelVersion.State.TRAINING, phase=Phase.WEIGHTS
    )
    version = solving.first()
    if version is None or version.shards.filter(state__in=OPEN_SHARD_STATES).exists():
        return version
    failed = version.shards.filter(state=State.FAILED).order_by("number")
    error = "; ".join(f"shard {shard.number}: {shard.error}" for shard in failed)
    if not failed:
        phases.enter(version, Phase.FACTORS, at=at)
    elif not leasing.is_rescued(version, rescue, error, at=at):
        version.state, version.finished_at = ModelVersion.State.FAILED, at
        version.error = error
    version.save()
    return version


def read_blocks(version: ModelVersion) -> list[SolvedBlock]:
    return [_read_block(version, shard) for shard in version.shards.order_by("number")]


def _claim(shard_id: int, *, at: datetime) -> Lease[ModelShard] | None:
    return leasing.claim(
        ModelShard, shard_id, from_states=OPEN_SHARD_STATES, to_state=State.RUNNING, at=at
    )


def _prepare_host(shard: ModelShard, clock: Clock) -> Outcome:
    """One worker of a host sums up the matrix, for a while; the others wait, holding no shard."""
    with gram_cache.one_on_this_host():
        if gram_cache.find_gram(shard.model_version) is not None:
            return Outcome.THE_SAME_AGAIN
        lease = _claim(shard.pk, at=clock())
        if lease is None:
            return Outcome.NOTHING
        done = leasing.work(lease, lambda held: _sum_up(held, shard, clock), clock=clock)
    return Outcome.THE_SAME_AGAIN if done else Outcome.NOTHING


def _sum_up(lease: Lease[ModelShard], shard: ModelShard, clock: Clock) -> None:
    for _ in gram_cache.sum_up(lease, shard.model_version, clock=clock):
        pass
    with leasing.saving(lease, at=clock()) as held:
        held.state = State.WAITING


def _solve(lease: Lease[ModelShard], shard: ModelShard, gram: Gram, clock: Clock) -> None:
    version = shard.model_version
    settings = Configuration.of_version(version).model.local_ridge
    block = solve_block(gram, settings, shard.start, shard.stop)
    with leasing.saving(lease, at=clock()) as held:
        if held.model_version.state != ModelVersion.State.TRAINING:
            raise leasing.LeaseLostError(f"{version} is no longer being trained")
        names = _names(shard)
        held.arrays = model_store.save_arrays(
            version, dict(zip(names, (block.neighbours, block.weights), strict=True))
        )
        held.state, held.finished_at = State.DONE, clock()


def _read_block(version: ModelVersion, shard: ModelShard) -> SolvedBlock:
    neighbours, weights = (
        model_store.load_array(version.pk, name, shard.arrays[name]) for name in _names(shard)
    )
    return SolvedBlock(shard.start, neighbours, weights)


def _names(shard: ModelShard) -> tuple[str, str]:
    return f"neighbours.{shard.start}", f"weights.{shard.start}"


def _open_siblings(shard: ModelShard) -> bool:
    siblings = ModelShard.objects.filter(model_version=shard.model_version_id)
    return siblings.filter(state__in=OPEN_SHARD_STATES).exists()
