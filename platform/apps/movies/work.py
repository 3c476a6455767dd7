"""Which sync is being worked on: its heartbeat says so even if no message gets through."""

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from .models import SyncRun


def recent_sync(within: timedelta) -> str | None:
    """The sync whose heartbeat is not older than `within`: "sync 3 (export)"."""
    at_work = SyncRun.objects.filter(heartbeat_at__gte=Now() - within)
    newest = at_work.order_by(F("heartbeat_at").desc(), "-pk").first()
    return None if newest is None else str(newest)
