"""Training a model version in slices: a survey, the gate, the Gram matrix, shards of weights,
factors, a kernel of users where there are few, and all of them put together.

`solving` has the shards, which workers take side by side; all else one worker does at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.recommendations import actions
from apps.recommendations.models import ModelVersion
from services import leasing
from services.leasing import Clock, Lease
from services.recommender.gram import MAX_ITEMS
from services.recommender.served_model import BLEND, ServedModel

from . import (
    blending,
    catalogue,
    factorising,
    gating,
    gram_cache,
    model_store,
    onboarding,
    phases,
    run_arrays,
    solving,
)
from .blending import KernelLimits
from .configuration import Configuration
from .rating_ranges import ITEM_IDS, USER_RANGES
from .similar_films import similar_films, store_similar_films
from .training_data import Survey, count_ratings, survey

POLL_SECONDS = 0.2

State = ModelVersion.State
Phase = ModelVersion.Phase

OPEN_STATES = (State.REQUESTED, State.TRAINING)

_KERNEL_LIMITS = KernelLimits()


@dataclass(frozen=True)
class Following:
    """What is to be done after a slice: one more of the run itself, or these shards."""

    again: bool = False
    shard_ids: Sequence[int] = ()


def start_nightly() -> ModelVersion | None:
    """Request the nightly training unless one is still going on."""
    try:
        return actions.request_next_training(origin=ModelVersion.Origin.SCHEDULE)
    except actions.StillOpenError:
        return None


def advance_training(
    *, model_version_id: int, clock: Clock, kernel_limits: KernelLimits = _KERNEL_LIMITS
) -> Following:
    """Do one slice, unless it is the shards' turn."""
    at = clock()
    solved = solving.finish_if_complete(model_version_id, at=at, rescue=_replace_candidate)
    if solved is not None and solved.phase == Phase.WEIGHTS:
        return Following(shard_ids=solving.waiting_shards(model_version_id, at=at))
    lease = leasing.claim(
        ModelVersion,
        model_version_id,
        from_states=OPEN_STATES,
        to_state=State.TRAINING,
        at=at,
        rescue=_replace_candidate,
    )
    if lease is None:
        return Following()
    done = leasing.work(
        lease,
        lambda held: _do_slice(held, clock, kernel_limits),
        clock=clock,
        rescue=_replace_candidate,
    )
    return Following(again=done and _is_open(model_version_id))


def run_training(
    *, model_version_id: int, clock: Clock, sleep: Callable[[float], None]
) -> Iterator[ModelVersion]:
    """Train in this process, next to any workers; yields the row after each step until it ends."""
    while True:
        following = advance_training(model_version_id=model_version_id, clock=clock)
        version = ModelVersion.objects.get(pk=model_version_id)
        yield version
        if version.state not in OPEN_STATES:
            return
        for shard_id in following.shard_ids:
            solving.solve_shard(shard_id=shard_id, clock=clock)
            yield version
        if not (following.again or following.shard_ids):
            sleep(POLL_SECONDS)


def _is_open(model_version_id: int) -> bool:
    return ModelVersion.objects.filter(pk=model_version_id, state__in=OPEN_STATES).exists()


def _do_slice(lease: Lease[ModelVersion], clock: Clock, kernel_limits: KernelLimits) -> None:
    version = ModelVersion.objects.get(pk=lease.pk)
    if version.phase == Phase.SURVEY:
        _survey(lease, clock, kernel_limits)
    elif version.phase in _SLICES:
        try:
            _SLICES[version.phase](lease, version, clock)
        except gram_cache.HostBusyError:
            lease.release()
    else:
        # It became the shards' turn after this worker had looked.
        lease.release()


def _survey(lease: Lease[ModelVersion], clock: Clock, kernel_limits: KernelLimits) -> None:
    """Choose the kind of model; then the plan of what follows, or all of a content model at once.

    The configuration is that of this moment until the gate decides otherwise.
    """
    configuration = Configuration.from_environment()
    found = survey(max_items=MAX_ITEMS)
    if not found.census.suffices:
        _save_content_model(lease, found, configuration, clock)
        return
    plan = {
        ITEM_IDS: found.item_ids,
        USER_RANGES: found.census.ranges(gram_cache.EVENTS_PER_RANGE),
    }
    with leasing.saving(lease, at=clock()) as held:
        held.kind = BLEND
        held.configuration = configuration.to_json()
        held.item_count = found.item_ids.size
        _note_source(held, found)
        run_arrays.keep(held, plan)
        blending.allow_kernel(held, kernel_limits)
        if gating.comes_next(held, found.census):
            phases.enter(held, Phase.GATE, at=clock())
        else:
            _begin_products(held, at=clock())


def _begin_products(held: ModelVersion, *, at: datetime) -> None:
    """With the configuration that the row has now."""
    blending.choose_parts(held)
    phases.enter(held, Phase.GRAM, at=at)


def _note_source(held: ModelVersion, found: Survey) -> None:
    census = found.census
    held.user_count = census.user_ids.size
    held.rating_count = int(census.ratings.sum())
    held.favorite_count = int(census.favorites.sum())
    held.simulated_user_count = int(census.simulated.sum())
    held.simulated_rating_count = int(census.ratings[census.simulated].sum())
    held.highest_rating_id = found.watermarks.rating_id
    held.highest_favorite_id = found.watermarks.favorite_id
    held.newest_rating_at = found.newest_rating_at


def _save_content_model(
    lease: Lease[ModelVersion], found: Survey, configuration: Configuration, clock: Clock
) -> None:
    model = catalogue.fit_content_model(count_ratings(with_simulated=found.with_simulated))
    with leasing.saving(lease, at=clock()) as held:
        held.configuration = configuration.to_json()
        gating.skip(held, gating.NO_MODEL_OF_RATINGS)
        _note_source(held, found)
        _finish(held, model, at=clock())


def _pass_gate(lease: Lease[ModelVersion], version: ModelVersion, clock: Clock) -> None:
    findings = gating.compare_next(version, clock=clock)
    with leasing.saving(lease, at=clock()) as held:
        if gating.keep(held, findings, at=clock()):
            _begin_products(held, at=clock())


def _replace_candidate(held: ModelVersion, error: str, at: datetime) -> bool:
    """Go on with the active configuration where the candidate is what no worker gets done with."""
    if not gating.refuse_untrained(held, error, at=at):
        return False
    held.shards.all().delete()
    run_arrays.keep_only(held, ITEM_IDS, USER_RANGES)
    held.users_done = held.shard_count = held.epochs_done = 0
    _begin_products(held, at=at)
    return True


def _sum_up(lease: Lease[ModelVersion], version: ModelVersion, clock: Clock) -> None:
    with gram_cache.one_on_this_host():
        gram = gram_cache.find_gram(version)
        if gram is None:
            for users_done in gram_cache.sum_up(lease, version, clock=clock):
                lease.owned().update(users_done=users_done)
            gram = gram_cache.find_gram(version)
    with leasing.saving(lease, at=clock()) as held:
        if gram is not None:
            held.users_done = held.user_count
            run_arrays.keep(held, {blending.POPULARITY: gram.popularity})
            solving.cut_into_shards(held)
            phases.enter(held, Phase.WEIGHTS, at=clock())


def _factorise(lease: Lease[ModelVersion], version: ModelVersion, clock: Clock) -> None:
    model = factorising.factorise(lease, version, clock=clock)
    with leasing.saving(lease, at=clock()) as held:
        if model is not None:
            factorising.keep_model(held, model)
            following = Phase.KERNEL if blending.has_kernel(held) else Phase.ASSEMBLE
            phases.enter(held, following, at=clock())


def _fit_kernel(lease: Lease[ModelVersion], version: ModelVersion, clock: Clock) -> None:
    model = blending.fit_kernel(lease, version, clock=clock)
    with leasing.saving(lease, at=clock()) as held:
        blending.keep_kernel(held, model)
        phases.enter(held, Phase.ASSEMBLE, at=clock())


def _assemble(lease: Lease[ModelVersion], version: ModelVersion, clock: Clock) -> None:
    # First, while the parts are not in memory.
    questionnaire = onboarding.fit_questionnaire(version)
    model = blending.put_together(version)
    similar = similar_films(model)
    with leasing.saving(lease, at=clock()) as held:
        _finish(held, model, at=clock())
        store_similar_films(held, similar)
        if questionnaire is not None:
            questionnaire.save()
        held.shards.update(arrays={})
    gram_cache.drop(version)


def _finish(held: ModelVersion, model: ServedModel, *, at: datetime) -> None:
    model_store.save_model(held, model)
    held.state, held.finished_at = State.READY, at
    phases.enter(held, Phase.DONE, at=at)
    if held.publish:
        actions.request_generation(model_version_id=held.pk)
    if held.origin == ModelVersion.Origin.SCHEDULE:
        actions.request_measurement(model_version_id=held.pk)


_SLICES: Mapping[str, Callable[[Lease[ModelVersion], ModelVersion, Clock], None]] = {
    Phase.GATE: _pass_gate,
    Phase.GRAM: _sum_up,
    Phase.FACTORS: _factorise,
    Phase.KERNEL: _fit_kernel,
    Phase.ASSEMBLE: _assemble,
}
