"""What could be shown to a viewer, and which of it may be: in a fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from apps.core.movie_states import LIKED_SCORE, MovieState, states_of
from apps.favorites.hidden import Hidden
from apps.movies.models import Credit, Movie
from apps.recommendations.models import ActiveGeneration

from . import sql

# Films with the most votes, among which those of a genre are looked for.
LOOKED_AT = 1_000
# For each film that a row shows so many are gathered, of which the viewer may know some.
CANDIDATES_PER_ITEM = 3
# The viewer's newest opinions and the most popular films tell the strongest genre.
NEWEST_OPINIONS = 300
USUAL_FILMS = 100
RELATED = 30
# A release is news for so long.
RECENT = timedelta(days=548)


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """Of everything that an answer depends on besides its parameters and the day."""

    revision: int
    generation_id: int | None
    list_id: int | None
    fetched_at: datetime | None

    def __str__(self) -> str:
        fetched = self.fetched_at.timestamp() if self.fetched_at else 0
        return f"{self.revision}:{self.generation_id}:{self.list_id}:{fetched}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """Ids of films, each in its order; `genre` has what names the viewer's strongest."""

    trending: list[int]
    now_playing: list[int]
    popular: list[int]
    watchlist: list[int]
    genre: dict[str, Any] | None
    popular_in_genre: list[int]
    related: dict[int, list[int]]

    @property
    def movie_ids(self) -> set[int]:
        related = {pk for ids in self.related.values() for pk in ids}
        return related.union(
            self.trending, self.now_playing, self.popular, self.watchlist, self.popular_in_genre
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """The viewer's states of films, and when those came out that may be shown as new to it."""

    states: Mapping[int, MovieState]
    released: Mapping[int, date | None]

    def is_shown(self, movie_id: int) -> bool:
        return movie_id in self.released


def read_version(user_id: int) -> Version:
    row = _row(sql.VERSION, {"user_id": user_id, "active_id": ActiveGeneration.ROW_ID})
    return Version(revision=row[0], generation_id=row[1], list_id=row[2], fetched_at=row[3])


def gather(user_id: int, *, items: int, anchor_ids: Collection[int], hidden: Hidden) -> Gathered:
    trending, now_playing, popular, watchlist, genre, in_genre, related = _row(
        sql.GATHERED,
        {
            "user_id": user_id,
            "anchor_ids": list(anchor_ids),
            "hidden_genre_ids": list(hidden.genre_ids),
            "looked_at": LOOKED_AT,
            "newest": NEWEST_OPINIONS,
            "usual": USUAL_FILMS,
            "candidates": CANDIDATES_PER_ITEM * items,
            "related": RELATED,
            "liked": LIKED_SCORE,
        },
    )
    return Gathered(
        trending=trending,
        now_playing=now_playing,
        popular=popular,
        watchlist=watchlist,
        genre=genre,
        popular_in_genre=in_genre,
        related={int(movie_id): ids for movie_id, ids in (related or {}).items()},
    )


def recent_releases(*, items: int, today: date) -> list[int]:
    """Those with the most votes."""
    films = Movie.objects.listed().filter(release_date__range=(today - RECENT, today))
    return list(films.by_popularity().values_list("pk", flat=True)[: CANDIDATES_PER_ITEM * items])


def know(user_id: int, movie_ids: Collection[int], *, hidden: Hidden) -> Known:
    """Shown is what is listed, neither seen nor hidden, and new to the viewer."""
    states = states_of(user_id, movie_ids)
    new = [pk for pk, state in states.items() if not _is_touched(state)]
    with connection.cursor() as cursor:
        cursor.execute(sql.RELEASED, {"movie_ids": new})
        released: dict[int, date | None] = dict(cursor.fetchall())
    for pk in _hidden(released, hidden=hidden):
        released.pop(pk, None)
    return Known(states=states, released=released)


def _is_touched(state: MovieState) -> bool:
    return state.rating is not None or state.favorite or state.watched or state.hidden


def _hidden(movie_ids: Collection[int], *, hidden: Hidden) -> set[int]:
    """Those of a person or a genre that the viewer does not want."""
    found: set[int] = set()
    if hidden.person_ids:
        credits_ = Credit.objects.filter(movie__in=movie_ids, person__in=hidden.person_ids)
        found.update(credits_.values_list("movie", flat=True))
    if hidden.genre_ids:
        genres = Movie.genres.through.objects.filter(movie__in=movie_ids)
        found.update(genres.filter(genre__in=hidden.genre_ids).values_list("movie", flat=True))
    return found


def _row(statement: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
