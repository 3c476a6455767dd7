"""How far generations are, without a query for each."""

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from .models import Generation, GenerationShard

State = Generation.State
_BUILT = (State.READY, State.ACTIVE, State.RETIRED)


def with_shards_done(generations: QuerySet[Generation]) -> QuerySet[Generation]:
    """With `shards_done`, the model's `gate` and the experiment's name.

    The popular films, being many, are not read.
    """
    done = GenerationShard.objects.filter(
        generation=OuterRef("pk"), state=GenerationShard.State.DONE
    )
    # A subquery for each row shown, where a join would group all generations first.
    count = done.order_by().values("generation").annotate(count=Count("pk")).values("count")
    return generations.defer("popular_movie_ids", "popular_sources").annotate(
        shards_done=Coalesce(Subquery(count), 0),
        gate=F("model_version__gate"),
        experiment_name=F("experiment__name"),
    )


def progress_of(generation: Generation, *, shards_done: int) -> float | None:
    """From 0 to 1, in hundredths; None while nobody knows how much there is to do."""
    if generation.state in _BUILT:
        return 1.0
    if not generation.shard_count:
        return None
    return min(100 * shards_done // generation.shard_count, 99) / 100
