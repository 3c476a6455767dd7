"""What a library amounts to."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.favorites.activity import Month, Streak
from apps.favorites.stats import read_library_stats
from apps.movies import images
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import refused
from tests.apps.films import make_credit, make_person
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_favorite,
    make_genre,
    make_movie,
    make_not_interested,
    make_rating,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)

pytestmark = pytest.mark.django_db

STATS = "/api/v1/library/stats/"
TODAY = date(2026, 3, 10)


def stats_of(client: APIClient) -> dict[str, Any]:
    response = client.get(STATS)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def direct(movie: Movie, person: Any) -> None:
    make_credit(movie, person=person, is_cast=False, department="Directing", job="Director")


def test_an_empty_library_is_of_zeros_and_nulls(viewer_client: APIClient) -> None:
    make_rating(user=make_user(), movie=make_movie(genres=("Drama",)))

    stats = stats_of(viewer_client)

    activity = stats.pop("activity")
    assert stats == {
        "counts": {
            "ratings": 0,
            "favorites": 0,
            "films_watched": 0,
            "viewings": 0,
            "watchlist": 0,
            "not_interested": 0,
        },
        "scores": {
            "mean": None,
            "median": None,
            "histogram": {str(score): 0 for score in range(1, 11)},
        },
        "genres": [],
        "decades": [],
        "people": {"directors": [], "actors": []},
        "watch_time": {
            "minutes": 0.0,
            "hours": 0.0,
            "unknown_runtimes": {"films": 0, "named": []},
        },
        "streaks": {"current": None, "longest": None},
    }
    assert len(activity) == 12
    assert {(month["viewings"], month["ratings"]) for month in activity} == {(0, 0)}


def test_rows_are_counted_and_films_watched_once(viewer: User, viewer_client: APIClient) -> None:
    seen, left, rated = (make_movie() for _ in range(3))
    make_watch_entry(user=viewer, movie=seen, progress=80)
    make_watch_entry(user=viewer, movie=seen, progress=100)
    make_watch_entry(user=viewer, movie=left, progress=79)
    make_rating(user=viewer, movie=rated)
    make_favorite(user=viewer, movie=rated)
    make_watchlist_entry(user=viewer, movie=left)
    make_not_interested(user=viewer, movie=make_movie())
    make_not_interested(user=viewer, genre=make_genre("Horror"))

    assert stats_of(viewer_client)["counts"] == {
        "ratings": 1,
        "favorites": 1,
        "films_watched": 1,
        "viewings": 3,
        "watchlist": 1,
        "not_interested": 2,
    }


def test_scores_have_a_mean_a_median_and_a_histogram(
    viewer: User, viewer_client: APIClient
) -> None:
    for score in (1, 8, 9, 10):
        make_rating(user=viewer, movie=make_movie(), score=score)
    make_rating(user=viewer, movie=make_movie(), score=9)
    make_rating(user=viewer, movie=make_movie(), score=7)

    scores = stats_of(viewer_client)["scores"]

    assert scores == {
        "mean": 7.33,
        "median": 8.5,
        "histogram": {"1": 1, "2": 0, "3": 0, "4": 0, "5": 0, "6": 0}
        | {"7": 1, "8": 1, "9": 2, "10": 1},
    }


def test_genres_and_decades_count_films_that_were_rated_or_watched(
    viewer: User, viewer_client: APIClient
) -> None:
    seen = make_movie(year=1979, genres=("Horror", "Action"))
    make_watch_entry(user=viewer, movie=seen)
    make_watch_entry(user=viewer, movie=seen)
    make_rating(user=viewer, movie=make_movie(year=1970, genres=("Horror",)), score=8)
    make_rating(user=viewer, movie=make_movie(year=1980, genres=("Horror",)), score=7)
    make_rating(user=viewer, movie=make_movie(year=None), score=2)
    make_watch_entry(user=viewer, movie=make_movie(genres=("Drama",)), progress=79)
    make_favorite(user=viewer, movie=make_movie(genres=("Drama",)))
    horror, action = make_genre("Horror"), make_genre("Action")

    stats = stats_of(viewer_client)

    assert stats["genres"] == [
        {"films": 3, "mean_score": 7.5, "id": horror.pk, "name": "Horror", "slug": "horror"},
        {"films": 1, "mean_score": None, "id": action.pk, "name": "Action", "slug": "action"},
    ]
    assert stats["decades"] == [
        {"films": 2, "mean_score": 8.0, "decade": 1970},
        {"films": 1, "mean_score": 7.0, "decade": 1980},
        {"films": 1, "mean_score": 2.0, "decade": None},
    ]


def test_people_are_directors_and_leading_actors_of_two_films_or_more(
    viewer: User, viewer_client: APIClient
) -> None:
    director, lead, minor, rare, writer = (make_person(name=f"P{n}") for n in range(5))
    for score in (9, 4):
        film = make_movie()
        make_rating(user=viewer, movie=film, score=score)
        direct(film, director)
        make_credit(film, person=lead, position=0)
        make_credit(film, person=lead, position=4)
        make_credit(film, person=minor, position=5)
        make_credit(film, person=writer, is_cast=False, department="Writing", job="Writer")
    seen = make_movie()
    make_watch_entry(user=viewer, movie=seen)
    make_credit(seen, person=lead, position=0)
    make_credit(seen, person=rare, position=1)
    direct(make_movie(), director)

    people = stats_of(viewer_client)["people"]

    assert people == {
        "directors": [{"films": 2, "mean_score": 6.5, "id": director.pk, "name": "P0"}],
        "actors": [{"films": 3, "mean_score": 6.5, "id": lead.pk, "name": "P1"}],
    }


def test_of_many_people_ten_are_named_by_films_then_scores_then_ids(
    viewer: User, viewer_client: APIClient
) -> None:
    people = [make_person() for _ in range(13)]
    for index, person in enumerate(people):
        for _ in range(3 if index == 12 else 2):
            film = make_movie()
            direct(film, person)
            if index == 11:
                make_watch_entry(user=viewer, movie=film)
            else:
                make_rating(user=viewer, movie=film, score=9 if index == 10 else 5)

    named = stats_of(viewer_client)["people"]["directors"]

    order = [people[12], people[10], *people[:8]]
    assert [person["id"] for person in named] == [person.pk for person in order]


def test_minutes_are_exact_and_films_of_unknown_length_are_named(
    viewer: User, viewer_client: APIClient
) -> None:
    known = make_movie(runtime=117)
    make_watch_entry(user=viewer, movie=known)
    make_watch_entry(user=viewer, movie=known, progress=33)
    unknown = [make_movie(title=f"U{n:02}", runtime=None) for n in range(12)]
    for film in unknown[::-1]:
        make_watch_entry(user=viewer, movie=film)
    make_watch_entry(user=viewer, movie=unknown[0])
    make_rating(user=viewer, movie=make_movie(title="A", runtime=None))

    assert stats_of(viewer_client)["watch_time"] == {
        "minutes": 155.61,
        "hours": 2.6,
        "unknown_runtimes": {
            "films": 12,
            "named": [{"id": film.pk, "title": film.title} for film in unknown[:10]],
        },
    }


def test_streaks_and_months_are_of_days_with_a_known_moment(viewer: User) -> None:
    make_rating(user=viewer, movie=make_movie(), rated_at=at(8, 23))
    make_watch_entry(user=viewer, movie=make_movie(), watched_at=at(9, 0), progress=10)
    make_watch_entry(user=viewer, movie=make_movie(), watched_at=at(9, 5))
    make_rating(user=viewer, movie=make_movie(), rated_at=at(1))
    make_rating(user=viewer, movie=make_movie(), rated_at=None)
    make_watch_entry(user=viewer, movie=make_movie())
    make_rating(user=make_user(), movie=make_movie(), rated_at=at(10))

    stats = read_library_stats(viewer.pk, today=TODAY)

    streak = Streak(days=2, first_day=date(2026, 3, 8), last_day=date(2026, 3, 9))
    assert stats.streaks.current == stats.streaks.longest == streak
    assert stats.activity[-1] == Month(month="2026-03", viewings=2, ratings=2)


def test_a_clock_that_is_ahead_counts_for_today(viewer: User) -> None:
    make_rating(user=viewer, movie=make_movie(), rated_at=datetime(2026, 3, 30, tzinfo=UTC))
    make_rating(user=viewer, movie=make_movie(), rated_at=datetime(2026, 3, 31, tzinfo=UTC))
    make_watch_entry(
        user=viewer, movie=make_movie(), watched_at=datetime(2026, 4, 1, 0, 4, tzinfo=UTC)
    )

    stats = read_library_stats(viewer.pk, today=date(2026, 3, 31))

    streak = Streak(days=2, first_day=date(2026, 3, 30), last_day=date(2026, 3, 31))
    assert stats.streaks.current == stats.streaks.longest == streak
    assert stats.activity[-1] == Month(month="2026-03", viewings=1, ratings=2)


def test_parameters_are_refused(viewer_client: APIClient) -> None:
    assert refused(viewer_client.get(f"{STATS}?year=2026"), 400, "unknown_parameter")[
        "details"
    ] == {"allowed": []}


def test_a_larger_library_costs_no_more_queries(viewer: User, viewer_client: APIClient) -> None:
    counts = []
    stats_of(viewer_client)
    images.known.get()
    for films in (0, 1, 20):
        for _ in range(films):
            film = make_movie(genres=("Drama",))
            make_credit(film, position=0)
            make_rating(user=viewer, movie=film, rated_at=at(1))
            make_watch_entry(user=viewer, movie=film, watched_at=at(2))
        with captured_queries() as statements:
            stats_of(viewer_client)
        counts.append(len(statements))

    # Films of unknown length are named: their versions, and they themselves.
    assert counts == [3, 5, 5]
