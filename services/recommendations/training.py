"""Training a model version in slices: the Gram matrix, blocks of weights, the finished arrays."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime

from apps.recommendations import actions
from apps.recommendations.models import ModelVersion
from services import leasing
from services.leasing import Clock, Lease
from services.recommender.item_model import LOCAL_RIDGE, ItemModel
from services.recommender.local_ridge import LocalRidgeSettings, SolvedBlock, assemble, solve_block

from . import catalogue, gram_cache, model_store
from .training_data import TrainingData, choose_training_data

# About one second of work with 200 neighbours.
ITEMS_PER_SLICE = 1_000
POLL_SECONDS = 0.2

State = ModelVersion.State
Phase = ModelVersion.Phase

OPEN_STATES = (State.REQUESTED, State.TRAINING)


def start_nightly() -> ModelVersion | None:
    """Request the nightly training unless one is still going on."""
    try:
        return actions.request_next_training()
    except actions.StillOpenError:
        return None


def advance_training(*, model_version_id: int, clock: Clock) -> bool:
    """Do one slice; True if it was done and another one follows."""
    lease = leasing.claim(
        ModelVersion,
        model_version_id,
        from_states=OPEN_STATES,
        to_state=State.TRAINING,
        at=clock(),
    )
    if lease is None:
        return False
    done = leasing.work(lease, lambda held: _do_slice(held, clock), clock=clock)
    return done and ModelVersion.objects.filter(pk=lease.pk, state__in=OPEN_STATES).exists()


def run_training(
    *, model_version_id: int, clock: Clock, sleep: Callable[[float], None]
) -> Iterator[ModelVersion]:
    """Train in this process, next to any workers; yields the row after each step until it ends."""
    while True:
        more = advance_training(model_version_id=model_version_id, clock=clock)
        version = ModelVersion.objects.get(pk=model_version_id)
        yield version
        if version.state not in OPEN_STATES:
            return
        if not more:
            sleep(POLL_SECONDS)


def _do_slice(lease: Lease[ModelVersion], clock: Clock) -> None:
    version = ModelVersion.objects.get(pk=lease.pk)
    if version.phase == Phase.GRAM:
        _begin(lease, version, clock)
    elif version.phase == Phase.WEIGHTS:
        _solve_block(lease, version, clock)
    else:
        _assemble(lease, version, clock)


def _begin(lease: Lease[ModelVersion], version: ModelVersion, clock: Clock) -> None:
    """Choose the kind of model; then the Gram matrix, or all of a content model at once."""
    data = choose_training_data()
    if not data.suffices:
        _save_content_model(lease, data, clock)
        return
    gram = gram_cache.fit(version, data.to_interactions())
    with leasing.saving(lease, at=clock()) as held:
        held.kind = LOCAL_RIDGE
        held.settings = asdict(LocalRidgeSettings())
        held.item_count = gram.item_ids.size
        _note_source(held, data, users=gram.users)
        held.arrays = model_store.save_arrays(held, gram_cache.item_axis(gram))
        held.phase, held.next_item = Phase.WEIGHTS, 0


def _note_source(held: ModelVersion, data: TrainingData, *, users: int) -> None:
    held.user_count, held.rating_count = users, data.ratings.scores.size
    held.simulated_user_count = data.simulated_users
    held.simulated_rating_count = data.simulated_ratings


def _save_content_model(lease: Lease[ModelVersion], data: TrainingData, clock: Clock) -> None:
    model = catalogue.fit_content_model(data.ratings)
    with leasing.saving(lease, at=clock()) as held:
        _note_source(held, data, users=data.count_users())
        _finish(held, model, at=clock())


def _solve_block(lease: Lease[ModelVersion], version: ModelVersion, clock: Clock) -> None:
    start = version.next_item
    stop = min(start + ITEMS_PER_SLICE, version.item_count)
    gram = gram_cache.open_gram(version)
    block = solve_block(gram, LocalRidgeSettings(**version.settings), start, stop)
    with leasing.saving(lease, at=clock()) as held:
        arrays = {f"neighbours.{start}": block.neighbours, f"weights.{start}": block.weights}
        held.arrays = {**held.arrays, **model_store.save_arrays(held, arrays)}
        held.next_item = stop
        if stop == held.item_count:
            held.phase = Phase.ASSEMBLE


def _assemble(lease: Lease[ModelVersion], version: ModelVersion, clock: Clock) -> None:
    blocks = [
        _read_block(version, start) for start in range(0, version.item_count, ITEMS_PER_SLICE)
    ]
    model = assemble(gram_cache.read_axis(version), blocks)
    with leasing.saving(lease, at=clock()) as held:
        _finish(held, model, at=clock())
    gram_cache.drop(version)


def _read_block(version: ModelVersion, start: int) -> SolvedBlock:
    neighbours, weights = (
        model_store.load_array(version.pk, name, version.arrays[name])
        for name in (f"neighbours.{start}", f"weights.{start}")
    )
    return SolvedBlock(start, neighbours, weights)


def _finish(held: ModelVersion, model: ItemModel, *, at: datetime) -> None:
    model_store.save_model(held, model)
    held.state, held.phase, held.finished_at = State.READY, Phase.DONE, at
    if held.publish:
        actions.request_generation(model_version_id=held.pk)
