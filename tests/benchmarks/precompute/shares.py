"""What part of the time of building lists goes into each of its steps, in one process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from django.db import transaction
from django.utils import timezone

from apps.recommendations.models import Generation
from services.recommendations import bulk_lists, differences, listing, model_store
from services.recommendations.hidden import HiddenRows, read_hidden
from services.recommendations.list_rows import ListDraft
from services.recommendations.list_settings import ListSettings
from services.recommendations.loading import UserRange, read_histories, read_revisions
from services.recommender.histories import Histories
from services.recommender.pipeline.ranking import BLOCK
from services.recommender.served_model import ServedModel

READ, SCORE, RERANK, COMPARE, WRITE = STEPS = ("read", "score", "rerank", "compare", "write")
# Enough to tell, of however many viewers there are.
MOST_SHARDS = 20


@dataclass
class Watch:
    """Seconds by step: of the wall, in which PostgreSQL works too, and of this process's CPU."""

    lists: int = 0
    wall: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))
    cpu: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STEPS, 0.0))

    @contextmanager
    def around(self, step: str) -> Iterator[None]:
        wall, cpu = time.monotonic(), time.process_time()
        yield
        self.wall[step] += time.monotonic() - wall
        self.cpu[step] += time.process_time() - cpu

    def shares(self) -> dict[str, float]:
        """Of the wall."""
        total = sum(self.wall.values())
        return {f"{step}_share": round(self.wall[step] / total, 4) for step in STEPS}


@dataclass(frozen=True)
class Split:
    """The steps of `building`, taken one by one."""

    generation: Generation
    model: ServedModel
    settings: ListSettings

    @classmethod
    def of(cls, generation: Generation) -> Self:
        model = model_store.open_model(generation.model_version)
        return cls(generation, model, ListSettings.from_json(generation.pipeline))

    def measure(self) -> Watch:
        """Make the lists anew, shard after shard; the first shard is made once more before."""
        shards = self.generation.shards.order_by("number")[:MOST_SHARDS]
        ranges = [UserRange(shard.first_user_id, shard.last_user_id) for shard in shards]
        self._make(ranges[0], Watch())
        watch = Watch()
        for users in ranges:
            self._make(users, watch)
        return watch

    def _make(self, users: UserRange, watch: Watch) -> None:
        with watch.around(READ):
            revisions = read_revisions(users)
            histories = read_histories(users, known=revisions)
            hidden = read_hidden(users, self.model)
        drafts = list(self._drafts(histories, hidden, revisions, watch))
        with watch.around(COMPARE):
            differences.of_shard(drafts, self.generation, users=users, model=self.model)
        with watch.around(WRITE), transaction.atomic():
            watch.lists += bulk_lists.insert_lists(drafts, self.generation.pk, at=timezone.now())

    def _drafts(
        self, histories: Histories, hidden: HiddenRows, revisions: dict[int, int], watch: Watch
    ) -> Iterator[ListDraft]:
        pipeline = listing.pipeline_of(self.model, self.settings)
        for start in range(0, len(histories), BLOCK):
            block = histories.rows(start, min(start + BLOCK, len(histories)))
            with watch.around(SCORE):
                scored = listing.score(self.model, block, hidden, revisions, self.settings.recency)
            with watch.around(RERANK):
                drafts = listing.draft_lists(self.model, pipeline, scored)
            yield from drafts
