"""Statistics of random libraries, compared with what plain Python makes of the same rows."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import fmean, median
from typing import Any

import pytest

from apps.favorites.models import Rating, WatchEntry
from apps.favorites.stats import LibraryStats, read_library_stats
from apps.movies.models import Credit, Movie
from apps.users.models import User
from tests.apps.films import make_person
from tests.factories import make_movie, make_rating, make_user, make_watch_entry

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 10)
GENRES = ("Action", "Comedy", "Drama", "Horror")
SEEDS = range(6)


def fill(random: Random) -> User:
    viewer, other = make_user(), make_user()
    people = [make_person() for _ in range(25)]
    films = [_film(random) for _ in range(random.randint(0, 40))]
    for film in films:
        _credits(random, film, people)
    for user in (viewer, other):
        for film in films:
            if random.random() < 0.6:
                make_rating(
                    user=user, movie=film, score=random.randint(1, 10), rated_at=_moment(random)
                )
            for moment in {_moment(random) for _ in range(random.randint(0, 2))}:
                make_watch_entry(
                    user=user, movie=film, watched_at=moment, progress=random.randint(0, 100)
                )
    return viewer


def _film(random: Random) -> Movie:
    return make_movie(
        title=random.choice("ABCDE"),
        year=random.choice([None, random.randint(1960, 1999)]),
        runtime=random.choice([None, random.randint(60, 199)]),
        genres=tuple(random.sample(GENRES, random.randint(0, 3))),
    )


def _credits(random: Random, film: Movie, people: list[Any]) -> None:
    for is_cast in (True, False):
        Credit.objects.bulk_create(
            Credit(
                movie=film,
                person=random.choice(people),
                credit_id=f"{position}",
                is_cast=is_cast,
                job="" if is_cast else random.choice(["Director", "Producer"]),
                position=position,
            )
            for position in range(random.randint(0, 8))
        )


def _moment(random: Random) -> datetime | None:
    if random.random() < 0.2:
        return None
    age = timedelta(days=random.choice([random.randint(0, 9), random.randint(0, 500)]))
    return datetime(2026, 3, 10, random.randint(0, 23), random.randint(0, 59), tzinfo=UTC) - age


def mean_of(scores: Iterable[int]) -> float | None:
    known = list(scores)
    return round(fmean(known), 2) if known else None


class Model:
    """The same numbers, from rows read one by one."""

    def __init__(self, viewer: User) -> None:
        self.scores = dict(Rating.objects.filter(user=viewer).values_list("movie_id", "score"))
        self.viewings = list(WatchEntry.objects.filter(user=viewer).select_related("movie"))
        self.watched = {each.movie_id for each in self.viewings if each.progress >= 80}
        self.films = list(Movie.objects.filter(pk__in=self.watched | self.scores.keys()))
        moments = [each.watched_at for each in self.viewings]
        moments += Rating.objects.filter(user=viewer).values_list("rated_at", flat=True)
        self.days = {moment.date() for moment in moments if moment is not None}

    def share(self, films: Iterable[Movie]) -> dict[str, Any]:
        ids = {film.pk for film in films}
        scores = (self.scores[movie_id] for movie_id in ids & self.scores.keys())
        return {"films": len(ids), "mean_score": mean_of(scores)}

    def genres(self) -> dict[str, Any]:
        of = defaultdict(list)
        for film in self.films:
            for genre in film.genres.all():
                of[genre.name].append(film)
        return {name: self.share(films) for name, films in of.items()}

    def decades(self) -> dict[int | None, Any]:
        of = defaultdict(list)
        for film in self.films:
            of[film.year and film.year // 10 * 10].append(film)
        return {decade: self.share(films) for decade, films in of.items()}

    def people(self, *, is_cast: bool) -> list[dict[str, Any]]:
        of = defaultdict(list)
        for film in self.films:
            for credit in film.credits.filter(is_cast=is_cast):
                if credit.position < 5 if is_cast else credit.job == "Director":
                    of[credit.person_id].append(film)
        shares = [{"id": person_id} | self.share(films) for person_id, films in of.items()]
        best = sorted((each for each in shares if each["films"] > 1), key=_rank)
        return best[:10]

    def minutes(self) -> float:
        parts = (each.progress * each.movie.runtime for each in self.viewings if each.movie.runtime)
        return sum(parts) / 100

    def longest(self) -> int:
        return max((self._run(day) for day in self.days), default=0)

    def current(self) -> int:
        return self._run(TODAY) or self._run(TODAY - timedelta(days=1))

    def _run(self, last: date) -> int:
        length = 0
        while last - timedelta(days=length) in self.days:
            length += 1
        return length


def _rank(share: dict[str, Any]) -> tuple[int, float, int]:
    mean = share["mean_score"]
    return -share["films"], -mean if mean is not None else 1, share["id"]


def shares_by(parts: Iterable[Any], key: str) -> dict[Any, Any]:
    return {
        getattr(part, key): {"films": part.films, "mean_score": part.mean_score} for part in parts
    }


def people(parts: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in asdict(each).items() if name != "name"} for each in parts
    ]


def check_scores(stats: LibraryStats, model: Model) -> None:
    scores = sorted(model.scores.values())
    assert stats.scores.mean == mean_of(scores)
    assert stats.scores.median == (median(scores) if scores else None)
    assert +Counter(stats.scores.histogram) == Counter(scores)
    assert list(stats.scores.histogram) == list(range(1, 11))


@pytest.mark.parametrize("seed", SEEDS)
def test_statistics_are_those_of_the_rows(seed: int) -> None:
    viewer = fill(Random(seed))

    stats, model = read_library_stats(viewer.pk, today=TODAY), Model(viewer)

    check_scores(stats, model)
    assert shares_by(stats.genres, "name") == model.genres()
    assert shares_by(stats.decades, "decade") == model.decades()
    assert people(stats.people.directors) == model.people(is_cast=False)
    assert people(stats.people.actors) == model.people(is_cast=True)
    assert stats.watch_time.minutes == model.minutes()
    assert stats.counts.films_watched == len(model.watched)
    assert stats.counts.viewings == len(model.viewings)
    unknown = {each.movie_id for each in model.viewings if each.movie.runtime is None}
    assert stats.watch_time.unknown_runtimes.films == len(unknown)
    longest, current = stats.streaks.longest, stats.streaks.current
    assert (longest.days if longest else 0, current.days if current else 0) == (
        model.longest(),
        model.current(),
    )
