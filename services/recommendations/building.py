"""Lists for all users: a generation as shards of user ids that any number of workers build."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import connection, transaction

from apps.recommendations import actions
from apps.recommendations.models import Generation, GenerationShard, ModelVersion
from services import leasing
from services.giving_way import give_way
from services.leasing import Clock, Lease

from . import catching_up, differences, model_store, recipes, refusing
from .bulk_lists import draft_lists, insert_lists
from .configuration import Configuration
from .loading import UserRange
from .new_viewers import films_for_all

# So few that workers end together: a shard costs little of its own.
USERS_PER_SHARD = 500
# How often a command looks again while other workers build the remaining shards.
POLL_SECONDS = 0.2

State = Generation.State
ShardState = GenerationShard.State

OPEN_STATES = (State.REQUESTED, State.BUILDING, State.READY)
UNSUCCESSFUL_STATES = (State.FAILED, State.CANCELLED)
OPEN_SHARD_STATES = actions.OPEN_SHARDS


def run_generation(
    *, generation_id: int, clock: Clock, sleep: Callable[[float], None]
) -> Iterator[Generation]:
    """Build in this process, next to any workers; yields the row after each step until it ends."""
    while True:
        shards = advance_generation(generation_id=generation_id, clock=clock)
        generation = Generation.objects.get(pk=generation_id)
        yield generation
        if generation.state not in OPEN_STATES or _is_kept_back(generation):
            return
        for shard_id in shards:
            build_shard(shard_id=shard_id, clock=clock)
            yield generation
        if not shards:
            sleep(POLL_SECONDS)


def shards_done(generation: Generation) -> int:
    return generation.shards.filter(state=ShardState.DONE).count()


def generation_of(model_version_id: int) -> int | None:
    """The newest generation asked for with this model."""
    ids = Generation.objects.filter(model_version=model_version_id).order_by("-pk")
    return ids.values_list("pk", flat=True).first()


def newest_ready_model() -> int | None:
    ready = ModelVersion.objects.filter(state=ModelVersion.State.READY).order_by("-pk")
    return ready.values_list("pk", flat=True).first()


def advance_generation(*, generation_id: int, clock: Clock) -> list[int]:
    """Take the generation one step on; the ids of shards that wait to be built now."""
    generation = Generation.objects.filter(pk=generation_id).first()
    if generation is None:
        return []
    if generation.state == State.REQUESTED:
        _start(generation_id, clock)
    _finish_if_complete(generation_id, at=clock())
    catching_up.publish_if_ready(generation_id, clock=clock)
    return _waiting_shards(generation_id, at=clock())


def build_shard(*, shard_id: int, clock: Clock) -> bool:
    """Build one shard; True if it was the last and the generation can be taken on."""
    lease = leasing.claim(
        GenerationShard,
        shard_id,
        from_states=OPEN_SHARD_STATES,
        to_state=ShardState.RUNNING,
        at=clock(),
    )
    if lease is None:
        return False
    leasing.work(lease, lambda held: _build(held, clock), clock=clock)
    return not _open_siblings(shard_id)


def _start(generation_id: int, clock: Clock) -> None:
    lease = leasing.claim(
        Generation,
        generation_id,
        from_states=[State.REQUESTED],
        to_state=State.REQUESTED,
        at=clock(),
    )
    if lease is not None:
        leasing.work(lease, lambda held: _cut_into_shards(held, clock), clock=clock)


def _cut_into_shards(lease: Lease[Generation], clock: Clock) -> None:
    ranges = list(_user_ranges())
    # Before the row is held: a host that opens the model for the first time fetches all of it.
    version = ModelVersion.objects.get(generations=lease.pk)
    settings = replace(Configuration.of_version(version).lists, this_year=clock().year)
    experiment, assignment = recipes.begin(settings, at=clock())
    for_all = films_for_all(version, settings)
    with leasing.saving(lease, at=clock()) as generation:
        GenerationShard.objects.bulk_create(
            GenerationShard(
                generation=generation,
                number=number,
                first_user_id=users.first,
                last_user_id=users.last,
            )
            for number, users in enumerate(ranges)
        )
        generation.state = State.BUILDING
        generation.snapshot_at = clock()
        generation.shard_count = len(ranges)
        generation.pipeline = settings.to_json()
        generation.experiment = experiment
        generation.assignment = assignment.to_json() if assignment else {}
        generation.difference = differences.begin()
        generation.popular_movie_ids = for_all.movie_ids
        generation.popular_sources = for_all.sources


def _user_ranges() -> Iterator[UserRange]:
    """Equal ranges of at most USERS_PER_SHARD who ever rated, favourited or changed their taste.

    Simulated viewers get no lists: nobody can sign in to read one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(id), max(id) FROM (
                SELECT id, (row_number() OVER (ORDER BY id) - 1)
                    * ceil(count(*) OVER () / %s::numeric)::bigint / count(*) OVER () AS number
                FROM users_user AS viewer
                WHERE viewer.origin <> 'simulated'
                  AND (EXISTS (SELECT FROM favorites_taste WHERE user_id = viewer.id)
                    OR EXISTS (SELECT FROM favorites_rating WHERE user_id = viewer.id)
                    OR EXISTS (SELECT FROM favorites_favorite WHERE user_id = viewer.id))
            ) AS numbered GROUP BY number ORDER BY number
            """,
            [USERS_PER_SHARD],
        )
        return (UserRange(first, last) for first, last in cursor.fetchall())


def _build(lease: Lease[GenerationShard], clock: Clock) -> None:
    shard = GenerationShard.objects.select_related("generation__model_version").get(pk=lease.pk)
    users = UserRange(shard.first_user_id, shard.last_user_id)
    model = model_store.open_model(shard.generation.model_version)
    drafts = draft_lists(model, shard.generation, users, between=partial(give_way, "lists"))
    difference = differences.of_shard(drafts, shard.generation, users=users, model=model)
    with leasing.saving(lease, at=clock()) as held:
        if held.generation.state != State.BUILDING:
            raise leasing.LeaseLostError(f"{held.generation} is no longer being built")
        held.list_count = insert_lists(drafts, shard.generation_id, at=clock())
        held.difference, held.films_shown = difference.sums, difference.films_shown
        held.state, held.finished_at = ShardState.DONE, clock()


def _is_kept_back(generation: Generation) -> bool:
    return generation.state == State.READY and not generation.publish


@transaction.atomic
def _finish_if_complete(generation_id: int, *, at: datetime) -> None:
    generation = Generation.objects.select_for_update().get(pk=generation_id)
    if generation.state != State.BUILDING:
        return
    shards = list(generation.shards.defer("films_shown").order_by("number"))
    if any(shard.state in OPEN_SHARD_STATES for shard in shards):
        return
    failed = [shard for shard in shards if shard.state == ShardState.FAILED]
    generation.state = State.FAILED if failed else State.READY
    generation.error = "; ".join(f"shard {shard.number}: {shard.error}" for shard in failed)
    generation.list_count = sum(shard.list_count for shard in shards)
    generation.user_count = generation.list_count
    generation.finished_at = at
    if not failed:
        generation.difference = differences.add_up(generation, shards)
        refusing.refuse_if_due(generation, at=at)
    generation.save()


def _waiting_shards(generation_id: int, *, at: datetime) -> list[int]:
    shards = GenerationShard.objects.filter(
        leasing.unowned(at=at),
        generation_id=generation_id,
        generation__state=State.BUILDING,
        state__in=OPEN_SHARD_STATES,
    )
    return list(shards.order_by("number").values_list("pk", flat=True))


def _open_siblings(shard_id: int) -> bool:
    siblings = GenerationShard.objects.filter(generation__shards=shard_id)
    return siblings.filter(state__in=OPEN_SHARD_STATES).exists()
