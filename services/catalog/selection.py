"""One title, or those that an operator chose."""

from apps.movies.models import SyncRun

from . import queueing
from .preparing import Preparation, begin_titles

QUEUED = "queued"


def prepare(work: Preparation) -> None:
    with work.saving() as held:
        chosen = held.scope.get("tmdb_ids", [])
        fresh = chosen[held.checkpoint.get(QUEUED, 0) :]
        # Whoever joins meanwhile adds to the end, so the number says which are queued.
        held.checkpoint |= {QUEUED: len(chosen)}
        begin_titles(held, queued=queueing.enqueue(held, fresh))


def has_more(run: SyncRun) -> bool:
    """Whether somebody joined the run after its titles were queued."""
    chosen: list[int] = run.scope.get("tmdb_ids", [])
    return len(chosen) > int(run.checkpoint.get(QUEUED, 0))
