"""What a viewer's library amounts to: numbers over all of it, in a fixed number of queries."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, median
from typing import Any

from django.db import connection

from apps.movies.fragments import read_titles

from . import stats_sql as sql
from .activity import Day, Month, Streaks, months_of, streaks_of
from .models import MAX_SCORE, MIN_SCORE
from .querysets import WATCHED_PROGRESS

MOST_NAMED_FILMS = 10
_MINUTES_PER_HOUR = 60
_PER_CENT = 100
_DECIMALS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    ratings: int
    favorites: int
    films_watched: int
    viewings: int
    watchlist: int
    not_interested: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """The histogram has every score, also those that the viewer never gave."""

    mean: float | None
    median: float | None
    histogram: dict[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A part of the library: how many of its films, and the mean of the viewer's scores of them."""

    films: int
    mean_score: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DecadeShare(Share):
    """`decade` is its first year, or None for films of unknown age."""

    decade: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GenreShare(Share):
    id: int
    name: str
    slug: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonShare(Share):
    id: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    directors: list[PersonShare]
    actors: list[PersonShare]


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedFilm:
    id: int
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UnknownRuntimes:
    """Films that were seen for nobody knows how long; the first of them by title are named."""

    films: int
    named: list[NamedFilm]


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchTime:
    minutes: float
    hours: float
    unknown_runtimes: UnknownRuntimes


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryStats:
    counts: Counts
    scores: Scores
    genres: list[GenreShare]
    decades: list[DecadeShare]
    people: People
    watch_time: WatchTime
    streaks: Streaks
    activity: list[Month]


def read_library_stats(user_id: int, *, today: date) -> LibraryStats:
    asked: dict[str, int | date] = {
        "user_id": user_id,
        "today": today,
        "watched": WATCHED_PROGRESS,
        "named": MOST_NAMED_FILMS,
    }
    genres, decades, directors, actors, seen, unknown, scores, dated = _row(sql.LIBRARY, asked)
    viewings, films_watched, percents_of_minutes, unknown_films = seen
    favorites, watchlist, not_interested = _row(sql.COUNTS, asked)
    histogram = dict.fromkeys(range(MIN_SCORE, MAX_SCORE + 1), 0) | dict(scores or ())
    days = [
        Day(day=date.fromordinal(day), viewings=of_viewings, ratings=of_ratings)
        for day, of_viewings, of_ratings in dated or ()
    ]
    return LibraryStats(
        counts=Counts(
            ratings=sum(histogram.values()),
            favorites=favorites,
            films_watched=films_watched,
            viewings=viewings,
            watchlist=watchlist,
            not_interested=not_interested,
        ),
        scores=_scores(histogram),
        genres=[_genre(*row) for row in genres or ()],
        decades=[_decade(*row) for row in decades or ()],
        people=People(
            directors=[_person(*row) for row in directors or ()],
            actors=[_person(*row) for row in actors or ()],
        ),
        watch_time=WatchTime(
            minutes=percents_of_minutes / _PER_CENT,
            hours=round(percents_of_minutes / _PER_CENT / _MINUTES_PER_HOUR, 1),
            unknown_runtimes=UnknownRuntimes(
                films=unknown_films,
                named=_named(unknown or ()),
            ),
        ),
        streaks=streaks_of(days, today=today),
        activity=months_of(days, today=today),
    )


def _row(query: str, asked: Mapping[str, int | date]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def _scores(histogram: dict[int, int]) -> Scores:
    scores = list(Counter(histogram).elements())
    return Scores(
        mean=_rounded(fmean(scores)) if scores else None,
        median=float(median(scores)) if scores else None,
        histogram=histogram,
    )


def _genre(genre_id: int, name: str, slug: str, films: int, mean: float | None) -> GenreShare:
    return GenreShare(id=genre_id, name=name, slug=slug, films=films, mean_score=_rounded(mean))


def _decade(decade: int | None, films: int, mean: float | None) -> DecadeShare:
    return DecadeShare(decade=decade, films=films, mean_score=_rounded(mean))


def _person(person_id: int, name: str, films: int, mean: float | None) -> PersonShare:
    return PersonShare(id=person_id, name=name, films=films, mean_score=_rounded(mean))


def _rounded(mean: float | None) -> float | None:
    return None if mean is None else round(mean, _DECIMALS)


def _named(movie_ids: Sequence[int]) -> list[NamedFilm]:
    titles = read_titles(movie_ids) if movie_ids else {}
    return [NamedFilm(id=pk, title=titles[pk]) for pk in movie_ids if pk in titles]
