"""TMDb's ranked lists: all pages first, then every rank at once. A failed fetch changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from apps.movies.models import ListEntry, ListName, ListState, Movie, SyncRun
from services.tmdb.client import TMDbClient
from services.tmdb.payloads.movies import MoviePayload
from services.tmdb.payloads.pages import Page
from services.tmdb.payloads.parsed import Parsed

from . import queueing, storing
from .preparing import Preparation, add, begin_titles, note_dropped

FetchPage = Callable[[TMDbClient, int], Parsed[Page[MoviePayload]]]

TRENDING: Mapping[str, FetchPage] = {
    ListName.TRENDING_DAY: lambda client, page: client.trending(window="day", page=page),
    ListName.TRENDING_WEEK: lambda client, page: client.trending(window="week", page=page),
}
LISTS: Mapping[str, FetchPage] = {
    ListName.POPULAR: lambda client, page: client.popular(page=page, region=settings.TMDB_REGION),
    ListName.TOP_RATED: lambda client, page: client.top_rated(
        page=page, region=settings.TMDB_REGION
    ),
    ListName.NOW_PLAYING: lambda client, page: client.now_playing(
        page=page, region=settings.TMDB_REGION
    ),
    ListName.UPCOMING: lambda client, page: client.upcoming(page=page, region=settings.TMDB_REGION),
}


class EmptyListError(Exception):
    """TMDb answered with a list that has no film. What is stored of it stays."""


@dataclass(slots=True)
class _Fetched:
    rows: list[MoviePayload] = field(default_factory=list)
    requests: int = 0
    dropped: dict[str, int] = field(default_factory=dict)


def prepare_trending(work: Preparation) -> None:
    _prepare(work, TRENDING)


def prepare_lists(work: Preparation) -> None:
    _prepare(work, LISTS)


def _prepare(work: Preparation, lists: Mapping[str, FetchPage]) -> None:
    fetched = {name: _fetch(work.client, name, fetch) for name, fetch in lists.items()}
    with work.saving() as held:
        at = work.clock()
        rows = [row for of_list in fetched.values() for row in of_list.rows]
        listed = storing.store_listed(rows, at=at)
        for name, of_list in fetched.items():
            replace(name, [listed.movie_ids[row.tmdb_id] for row in of_list.rows])
            ListState.objects.update_or_create(list=name, defaults={"fetched_at": at})
            note_dropped(held, of_list.dropped)
        add(held, requests=sum(of_list.requests for of_list in fetched.values()))
        _count_listed(held, listed)
        begin_titles(held, queued=queueing.enqueue(held, _without_details(listed.movie_ids)))


def _fetch(client: TMDbClient, name: str, fetch: FetchPage) -> _Fetched:
    """Up to TMDB_LIST_PAGES pages; a film that moved from one page to the next counts once."""
    fetched = _Fetched()
    seen: set[int] = set()
    for page in range(1, settings.TMDB_LIST_PAGES + 1):
        answer = fetch(client, page)
        fetched.requests += 1
        fetched.rows += [row for row in answer.value.results if row.tmdb_id not in seen]
        seen.update(row.tmdb_id for row in answer.value.results)
        for reason, count in answer.dropped.items():
            fetched.dropped[reason] = fetched.dropped.get(reason, 0) + count
        if page >= answer.value.total_pages:
            break
    if not fetched.rows:
        raise EmptyListError(f"TMDb's list {name} has no film")
    return fetched


def replace(name: str, movie_ids: Sequence[int]) -> None:
    """The list's ranks, from 1. Readers see the old ones until the transaction commits."""
    ListEntry.objects.filter(list=name).delete()
    ListEntry.objects.bulk_create(
        [
            ListEntry(list=name, rank=rank, movie_id=movie_id)
            for rank, movie_id in enumerate(dict.fromkeys(movie_ids), start=1)
        ]
    )


def _count_listed(held: SyncRun, listed: storing.Listed) -> None:
    """A row of a list is seen, and its details are once more; votes alone are no change."""
    count = len(listed.movie_ids)
    add(held, seen=count, created=listed.created, unchanged=count - listed.created)
    held.total += count


def _without_details(movie_ids: Mapping[int, int]) -> list[int]:
    """Those that were blanked, and those that TMDb lists again, are as good as new."""
    known = Movie.objects.filter(
        pk__in=movie_ids.values(),
        synced_at__isnull=False,
        blanked_at__isnull=True,
        tombstoned_at__isnull=True,
    )
    done = set(known.values_list("tmdb_id", flat=True))
    return [tmdb_id for tmdb_id in movie_ids if tmdb_id not in done]
