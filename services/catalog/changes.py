"""What TMDb changed, day by day from the watermark on, with a day of overlap.

Only titles that are in the catalogue are fetched again; those that are new come with the export.
"""

from datetime import date, timedelta

from apps.movies.models import ChangesWatermark, Movie
from services.tmdb.client import TMDbClient

from . import queueing
from .preparing import Preparation, add, begin_titles, note_dropped

NEXT_DAY, LAST_DAY = "next_day", "last_day"
DAY = timedelta(days=1)
# TMDb lists changes 24 hours after they were made at the latest; a day is read a second time.
OVERLAP = DAY
# After a longer absence the catalogue is better refreshed than caught up with.
MAX_DAYS = 60


def prepare(work: Preparation) -> None:
    """One day of changes in each slice."""
    today = work.clock().date()
    day = date.fromisoformat(work.run.checkpoint.get(NEXT_DAY, str(first_day(today))))
    last = date.fromisoformat(work.run.checkpoint.get(LAST_DAY, str(today)))
    changed, requests, dropped = _fetch_day(work.client, day)
    with work.saving() as held:
        add(held, requests=requests)
        note_dropped(held, dropped)
        held.total += queueing.enqueue(held, _in_catalogue(changed))
        held.checkpoint = {NEXT_DAY: str(day + DAY), LAST_DAY: str(last)}
        if day >= last:
            begin_titles(held, queued=0)


def first_day(today: date) -> date:
    watermark = ChangesWatermark.objects.filter(pk=ChangesWatermark.ROW_ID).first()
    start = today if watermark is None else watermark.day
    return max(min(start, today) - OVERLAP, today - MAX_DAYS * DAY)


def advance_watermark(checkpoint: dict[str, str]) -> None:
    """Every changed title up to the run's last day is stored, or its failure is on the run."""
    ChangesWatermark.objects.update_or_create(
        pk=ChangesWatermark.ROW_ID, defaults={"day": date.fromisoformat(checkpoint[LAST_DAY])}
    )


def _fetch_day(client: TMDbClient, day: date) -> tuple[list[int], int, dict[str, int]]:
    """The ids of the day, each once; totals are not believed beyond whether pages follow."""
    ids: dict[int, None] = {}
    dropped: dict[str, int] = {}
    page = total = 1
    while page <= total:
        answer = client.changes(day, page=page)
        ids |= dict.fromkeys(changed.tmdb_id for changed in answer.value.results)
        for reason, count in answer.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
        total, page = answer.value.total_pages, page + 1
    return list(ids), page - 1, dropped


def _in_catalogue(tmdb_ids: list[int]) -> list[int]:
    known = set(
        Movie.objects.filter(tmdb_id__in=tmdb_ids, synced_at__isnull=False).values_list(
            "tmdb_id", flat=True
        )
    )
    return [tmdb_id for tmdb_id in tmdb_ids if tmdb_id in known]
