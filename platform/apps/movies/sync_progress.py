"""How far a sync is, without promises."""

from .models import SyncRun

_LAST_PERCENT = 99


def progress_of(run: SyncRun) -> float | None:
    """From 0 to 1, in hundredths; None while it is not known how much there is to do.

    Titles are still being found while a run is prepared. It is 1 when the run is done, not before.
    """
    if run.state == SyncRun.State.DONE:
        return 1.0
    if run.phase == SyncRun.Phase.PREPARE or not run.total:
        return None
    return min(100 * (run.seen + run.failed) // run.total, _LAST_PERCENT) / 100
