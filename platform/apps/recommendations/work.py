"""Which long run is being worked on: its heartbeat says so even if no message gets through."""

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from .models import Generation, GenerationShard, ModelMeasurement, ModelShard, ModelVersion


def recent_work(within: timedelta) -> str | None:
    """The run or shard whose heartbeat is not older than `within`: "shard 3 of generation 4".

    Its lease would not do: a failed slice keeps one while nobody works on it, and between two
    slices there is none.
    """
    for model in (GenerationShard, Generation, ModelShard, ModelVersion, ModelMeasurement):
        at_work = model._default_manager.filter(heartbeat_at__gte=Now() - within)  # noqa: SLF001
        newest = at_work.order_by(F("heartbeat_at").desc(), "-pk").first()
        if newest is not None:
            return str(newest)
    return None
