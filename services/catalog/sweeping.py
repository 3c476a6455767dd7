"""Finding syncs that wait although nobody works on them, and the queues that ended runs left."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from apps.movies.models import SyncRun, SyncTitle
from services import leasing

ROWS_AT_ONCE = 10_000
RUNS_AT_ONCE = 10


def waiting_syncs(*, at: datetime) -> list[int]:
    """Runs of which a slice could be done now, the most urgent first."""
    titles = SyncTitle.objects.filter(run=OuterRef("pk"))
    due = titles.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=at))
    waits = Q(phase=SyncRun.Phase.PREPARE) | Q(Exists(due)) | Q(~Exists(titles))
    rows = SyncRun.objects.filter(leasing.unowned(at=at), waits, state__in=SyncRun.OPEN_STATES)
    return list(rows.order_by("priority", "pk").values_list("pk", flat=True))


@transaction.atomic
def drop_abandoned_titles() -> int:
    """Remove titles of runs that have ended; how many, at most ROWS_AT_ONCE."""
    # By run, each of them a look into the index: the queue of an open run may have a million rows.
    titles = SyncTitle.objects.filter(run=OuterRef("pk"))
    ended = SyncRun.objects.exclude(state__in=SyncRun.OPEN_STATES).filter(Exists(titles))
    run_ids = list(ended.values_list("pk", flat=True)[:RUNS_AT_ONCE])
    abandoned = SyncTitle.objects.filter(run_id__in=run_ids)
    # Who just stores some finds out soon enough that the run is over.
    free = abandoned.select_for_update(skip_locked=True)
    chosen = list(free.values_list("pk", flat=True)[:ROWS_AT_ONCE])
    return SyncTitle.objects.filter(pk__in=chosen).delete()[0]
