"""What a sync would do, without doing it: calls, minutes at the present budget, rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.movies.models import Movie, SyncRun

from . import blanking, changes, ranks, refreshing

Kind = SyncRun.Kind
Scope = Mapping[str, Any]
SECONDS_PER_MINUTE = 60

# TMDB.md: what was measured of TMDb in 2026.
TITLES_IN_EXPORT = 1_240_000
# A day is asked for with the next one.
CHANGE_PAGES_PER_DAY = 2 * 76
CHANGES_PER_PAGE = 100
GENRES = 19


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """`is_estimate`: how much there is to do is only known once TMDb has been asked."""

    calls: int
    rows: int
    is_estimate: bool = False

    @property
    def minutes(self) -> float:
        return self.calls / settings.TMDB_REQUESTS_PER_SECOND / SECONDS_PER_MINUTE


def plan(kind: str, scope: Scope, *, at: datetime) -> Plan:
    return _PLANS[kind](scope, at)


def _genres(_scope: Scope, _at: datetime) -> Plan:
    return Plan(calls=2, rows=GENRES + 1, is_estimate=True)


def _ranked(lists: int) -> Plan:
    pages = lists * settings.TMDB_LIST_PAGES
    rows = pages * 20
    # At worst every film of the lists is new and its details are fetched.
    return Plan(calls=pages + rows, rows=rows, is_estimate=True)


def _movies(scope: Scope, _at: datetime) -> Plan:
    count = len(set(scope.get("tmdb_ids", ())))
    return Plan(calls=count, rows=count)


def _changes(_scope: Scope, at: datetime) -> Plan:
    today = at.date()
    days = (today - changes.first_day(today)).days + 1
    pages = days * CHANGE_PAGES_PER_DAY
    synced = Movie.objects.filter(synced_at__isnull=False).count()
    share = min(synced / TITLES_IN_EXPORT, 1)
    rows = min(synced, round(pages * CHANGES_PER_PAGE * share))
    return Plan(calls=pages + rows, rows=rows, is_estimate=True)


def _export(scope: Scope, _at: datetime) -> Plan:
    """By the popularity that the last export told, where there was one."""
    known = Movie.objects.filter(from_tmdb=True)
    least, limit = scope.get("min_popularity"), scope.get("limit")
    has_export = known.filter(listed_at__isnull=True, synced_at__isnull=True).exists()
    titles = TITLES_IN_EXPORT
    if least is not None and has_export:
        titles = known.filter(popularity__gte=least).count()
    titles = titles if limit is None else min(titles, limit)
    best = known.order_by("-popularity", "tmdb_id").values_list("synced_at", flat=True)[:titles]
    synced = sum(moment is not None for moment in best)
    missing = 0 if scope.get("ids_only") else titles - synced
    return Plan(calls=1 + missing, rows=max(titles, known.count()), is_estimate=True)


def _refresh(scope: Scope, at: datetime) -> Plan:
    count = refreshing.count_old(dict(scope), at=at)
    return Plan(calls=count, rows=count)


def _blank(_scope: Scope, at: datetime) -> Plan:
    return Plan(calls=0, rows=blanking.count_expired(at=at))


_PLANS: Mapping[str, Callable[[Scope, datetime], Plan]] = {
    Kind.GENRES: _genres,
    Kind.TRENDING: lambda _scope, _at: _ranked(len(ranks.TRENDING)),
    Kind.LISTS: lambda _scope, _at: _ranked(len(ranks.LISTS)),
    Kind.MOVIES: _movies,
    Kind.CHANGES: _changes,
    Kind.EXPORT: _export,
    Kind.REFRESH: _refresh,
    Kind.BLANK: _blank,
}
