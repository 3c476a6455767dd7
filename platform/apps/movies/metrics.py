"""How fresh the catalogue is, read from PostgreSQL when `/metrics` is asked."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from apps.core import metrics

from .models import ListState, SyncRun
from .search import stale_notes

# Counting stops here: by then the number no longer matters, and a scrape must stay cheap.
COUNTED_TITLES = 10_000

_WAITING = "SELECT count(*) FROM (SELECT FROM movies_synctitle LIMIT %s) AS waiting"


def register() -> None:
    metrics.register("database", freshness)


def freshness() -> Iterator[GaugeMetricFamily]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [f"{metrics.PART_SECONDS}s"])
            cursor.execute(_WAITING, [COUNTED_TITLES])
            (waiting,) = cursor.fetchone()
        stale = stale_notes.count_changes(most=COUNTED_TITLES)
        lists = dict(ListState.objects.values_list("list", "fetched_at"))
        done = SyncRun.objects.filter(state=SyncRun.State.DONE).order_by()
        syncs = dict(done.values_list("kind").annotate(Max("finished_at")))
    yield metrics.gauge(
        "nexus_sync_titles_waiting",
        f"Titles that syncs have yet to fetch from TMDb, counted up to {COUNTED_TITLES}.",
        waiting,
    )
    yield metrics.gauge(
        "nexus_search_stale_films",
        f"Changes of films that searches do not know yet, counted up to {COUNTED_TITLES}.",
        stale,
    )
    yield _ages("nexus_list_age_seconds", "Seconds since TMDb's list was fetched.", "list", lists)
    yield _ages(
        "nexus_last_sync_age_seconds",
        "Seconds since the last sync of the kind that was done ended.",
        "kind",
        syncs,
    )


def _ages(
    name: str, help_text: str, label: str, moments: Mapping[str, datetime]
) -> GaugeMetricFamily:
    now = timezone.now()
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for value, moment in sorted(moments.items()):
        family.add_metric([value], (now - moment).total_seconds())
    return family
