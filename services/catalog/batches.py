"""What came back for some titles of a run, stored in the transaction that settles them."""

import logging
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import OperationalError, transaction
from django.db.models import F

from apps.movies.models import SyncRun

from . import queueing, storing
from .queueing import ClaimedTitle

logger = logging.getLogger(__name__)

STORED_AT_ONCE = 10
STORED_AFTER_SECONDS = 1.0
MAX_FAILURES = 50
MAX_REASON_CHARS = 200


class EndedError(Exception):
    """The run was cancelled or has failed meanwhile. The batch was not stored."""


@dataclass(slots=True)
class Batch:
    """What came back and is not stored yet."""

    fetched: list[storing.FetchedFilm] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    postponed: list[tuple[ClaimedTitle, str]] = field(default_factory=list)
    untried: list[int] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    since: float = field(default_factory=time.monotonic)

    @property
    def settled(self) -> list[int]:
        fetched = [film.details.tmdb_id for film in self.fetched]
        return [*fetched, *self.confirmed, *self.gone, *self.failed]

    @property
    def size(self) -> int:
        return len(self.fetched) + len(self.confirmed) + len(self.gone) + len(self.failed)

    def of(self, tmdb_ids: Collection[int]) -> "Batch":
        """What of it is about these titles."""
        return replace(
            self,
            fetched=[film for film in self.fetched if film.details.tmdb_id in tmdb_ids],
            confirmed=[tmdb_id for tmdb_id in self.confirmed if tmdb_id in tmdb_ids],
            gone=[tmdb_id for tmdb_id in self.gone if tmdb_id in tmdb_ids],
            failed={key: reason for key, reason in self.failed.items() if key in tmdb_ids},
        )

    @property
    def is_ripe(self) -> bool:
        waited = time.monotonic() - self.since
        return self.size >= STORED_AT_ONCE or (self.size > 0 and waited >= STORED_AFTER_SECONDS)


def reason_of(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"[:MAX_REASON_CHARS]
    return "".join(char if char.isprintable() else " " for char in text)


def store(run_id: int, batch: Batch, *, at: datetime) -> None:
    """If the database refuses a batch, its films are stored one by one: one of them is at fault."""
    try:
        _store_together(run_id, batch, at=at)
    except (EndedError, OperationalError):
        raise
    except Exception:
        if not batch.fetched:
            raise
        logger.exception("A batch of sync %s cannot be stored", run_id)
        refused = _store_one_by_one(run_id, batch, at=at)
        rest = replace(batch, fetched=[], failed=batch.failed | refused)
        _store_together(run_id, rest, at=at)


def _store_one_by_one(run_id: int, batch: Batch, *, at: datetime) -> dict[int, str]:
    """Why which films cannot be stored."""
    refused: dict[int, str] = {}
    for film in batch.fetched:
        try:
            _store_together(run_id, Batch(fetched=[film]), at=at)
        except (EndedError, OperationalError):
            raise
        except Exception as error:
            logger.exception("Title %s cannot be stored", film.details.tmdb_id)
            refused[film.details.tmdb_id] = reason_of(error)
    return refused


@transaction.atomic
def _store_together(run_id: int, told: Batch, *, at: datetime) -> None:
    queueing.release(run_id, told.untried)
    if not told.size and not told.requests and not told.postponed:
        return
    # What another worker has stored meanwhile is neither stored nor counted again.
    batch = told.of(queueing.hold(run_id, told.settled))
    answers = storing.Answers(fetched=batch.fetched, unchanged=batch.confirmed, gone=batch.gone)
    stored = storing.store_answers(answers, at=at)
    queueing.release(run_id, stored.stale)
    failed = batch.failed | dict.fromkeys(stored.unknown, "not found")
    for title, reason in batch.postponed:
        if not queueing.postpone(run_id, title, at=at):
            failed[title.tmdb_id] = reason
    done = {*batch.settled, *failed} - stored.stale
    queueing.remove(run_id, done)
    counts = {
        "seen": len(done) - len(failed),
        "created": stored.created,
        "updated": stored.updated,
        "unchanged": stored.unchanged,
        "tombstoned": stored.tombstoned,
        "failed": len(failed),
        "requests": batch.requests,
    }
    _count(run_id, counts, failed, batch.dropped, at=at)


def _count(
    run_id: int,
    counts: Mapping[str, int],
    failed: Mapping[int, str],
    dropped: Mapping[str, int],
    *,
    at: datetime,
) -> None:
    """Last in its transaction, so that workers of one run wait for each other only briefly.

    Raises EndedError, which takes the whole batch back, if the run is over.
    """
    rows = SyncRun.objects.filter(pk=run_id, state=SyncRun.State.RUNNING)
    # How long a run has been without TMDb is told by when it last was not.
    alive = {"heartbeat_at": at, "attempts": 0, "error": ""}
    is_alive = counts["seen"] + counts["failed"] > 0
    added = {name: F(name) + count for name, count in counts.items()}
    if not rows.update(**added, **(alive if is_alive else {})):
        raise EndedError(f"sync {run_id} is over")
    if failed or dropped:
        _note(rows.get(), failed, dropped)


def _note(run: SyncRun, failed: Mapping[int, str], dropped: Mapping[str, int]) -> None:
    notes = [{"tmdb_id": tmdb_id, "reason": reason} for tmdb_id, reason in failed.items()]
    run.failures = [*run.failures, *notes][:MAX_FAILURES]
    run.dropped = dict(Counter(run.dropped) + Counter(dropped))
    run.save(update_fields=["failures", "dropped"])
