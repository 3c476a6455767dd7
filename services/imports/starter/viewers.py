"""Simulated viewers as rows: accounts nobody can sign in to, with ratings and favourites."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from apps.favorites.models import Favorite, Rating
from apps.movies.models import Movie
from apps.users.models import User
from services.imports.copy_stream import copy_rows
from services.imports.movielens_sql import LOCK_IMPORTS

from .films import read_starter
from .simulation import Simulation, simulate

REMOVED_AT_ONCE = 50

_RATINGS = "favorites_rating (user_id, movie_id, score, rated_at, created_at, updated_at)"
_FAVORITES = "favorites_favorite (user_id, movie_id, created_at)"


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewersReport:
    viewers: int
    ratings: int
    favorites: int


@dataclass(frozen=True, slots=True)
class _Event:
    user_id: int
    movie_id: int
    score: int
    is_favorite: bool
    at: datetime


@transaction.atomic
def load_viewers(*, at: datetime) -> ViewersReport:
    """Add the simulated viewers that are missing, with what they rated in the years before `at`.

    An account that has the address of one stays as it is, and films that are not in the
    catalogue are left out.
    """
    simulation = simulate(read_starter())
    with connection.cursor() as cursor:
        cursor.execute(LOCK_IMPORTS)
        users = _create_accounts(simulation, at)
        events = list(_events(simulation, users, at))
        ratings = copy_rows(cursor, table=_RATINGS, lines=_rating_lines(events, at))
        favorites = copy_rows(cursor, table=_FAVORITES, lines=_favorite_lines(events))
    return ViewersReport(viewers=len(users), ratings=ratings, favorites=favorites)


def count_viewers() -> ViewersReport:
    """How many simulated viewers, ratings and favourites are stored."""
    simulated = User.Origin.SIMULATED
    return ViewersReport(
        viewers=User.objects.filter(origin=simulated).count(),
        ratings=Rating.objects.filter(user__origin=simulated).count(),
        favorites=Favorite.objects.filter(user__origin=simulated).count(),
    )


def remove_viewers() -> int:
    """Delete all simulated viewers with all their rows, a batch at a time; how many there were."""
    removed = 0
    while count := _remove_batch():
        removed += count
    return removed


@transaction.atomic
def _remove_batch() -> int:
    viewers = User.objects.filter(origin=User.Origin.SIMULATED).order_by("pk")
    ids = list(viewers.values_list("pk", flat=True)[:REMOVED_AT_ONCE])
    User.objects.filter(pk__in=ids).delete()
    return len(ids)


def _create_accounts(simulation: Simulation, at: datetime) -> dict[int, int]:
    """Account ids of the viewers that were missing, by the viewer's number."""
    addresses = [_address(number) for number in range(simulation.joined.size)]
    known = set(User.objects.filter(email__in=addresses).values_list("email", flat=True))
    missing = [number for number, address in enumerate(addresses) if address not in known]
    accounts = User.objects.bulk_create(
        User(
            email=addresses[number],
            display_name=f"Simulated viewer {number + 1}",
            origin=User.Origin.SIMULATED,
            password=make_password(None),
            date_joined=at - timedelta(seconds=int(simulation.joined[number])),
        )
        for number in missing
    )
    return dict(zip(missing, (account.pk for account in accounts), strict=True))


def _address(number: int) -> str:
    return f"viewer-{number + 1:03}@simulated.invalid"


def _events(simulation: Simulation, users: dict[int, int], at: datetime) -> Iterator[_Event]:
    tmdb_ids = [film.tmdb_id for film in read_starter()]
    films = dict(Movie.objects.filter(tmdb_id__in=tmdb_ids).values_list("tmdb_id", "pk"))
    for viewer, film, score, is_favorite, age in _columns(simulation):
        movie_id = films.get(tmdb_ids[film])
        if viewer in users and movie_id is not None:
            moment = at - timedelta(seconds=age)
            yield _Event(users[viewer], movie_id, score, is_favorite, moment)


def _columns(simulation: Simulation) -> Iterator[tuple[Any, ...]]:
    names = ("viewers", "films", "scores", "is_favorite", "ages")
    return zip(*(getattr(simulation, name).tolist() for name in names), strict=True)


def _rating_lines(events: list[_Event], at: datetime) -> Iterator[str]:
    for event in events:
        yield f"{event.user_id}\t{event.movie_id}\t{event.score}\t{event.at}\t{at}\t{at}\n"


def _favorite_lines(events: list[_Event]) -> Iterator[str]:
    for event in events:
        if event.is_favorite:
            yield f"{event.user_id}\t{event.movie_id}\t{event.at}\n"
