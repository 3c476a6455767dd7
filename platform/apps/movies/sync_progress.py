"""How far a sync is, without promises."""

from .models import SyncRun

# What a run had seen when it was prepared, in its checkpoint: lines of an export, rows of lists.
PREPARED = "prepared"
_LAST_PERCENT = 99


def progress_of(run: SyncRun) -> float | None:
    """From 0 to 1, in hundredths; None while it is not known how much there is to do.

    Titles are still being found while a run is prepared. It is 1 when the run is done, not before.
    """
    if run.state == SyncRun.State.DONE:
        return 1.0
    prepared = int(run.checkpoint.get(PREPARED, 0))
    titles = run.total - prepared
    if run.phase == SyncRun.Phase.PREPARE or titles <= 0:
        return None
    return min(100 * (run.seen + run.failed - prepared) // titles, _LAST_PERCENT) / 100
