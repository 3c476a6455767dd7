"""Lists of own rows, narrowed and sorted."""

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.favorites.models import Favorite, Rating, WatchEntry, WatchlistEntry
from apps.movies import images
from apps.users.models import User
from tests.apps.api import refused
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_favorite,
    make_genre,
    make_movie,
    make_rating,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)

pytestmark = pytest.mark.django_db

LISTS = ("favorites", "ratings", "watch-history", "watchlist")
MODELS: dict[str, Any] = {
    "favorites": Favorite,
    "ratings": Rating,
    "watch-history": WatchEntry,
    "watchlist": WatchlistEntry,
}
MOMENTS = {
    "favorites": "created_at",
    "ratings": "rated_at",
    "watch-history": "watched_at",
    "watchlist": "created_at",
}
FACTORIES: dict[str, Any] = {
    "favorites": make_favorite,
    "ratings": make_rating,
    "watch-history": make_watch_entry,
    "watchlist": make_watchlist_entry,
}


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


def put(
    name: str, user: User, *, moment: datetime | None = None, film: Any = None, **row: Any
) -> None:
    """A row of the list about a film, at a moment of its own kind."""
    made = FACTORIES[name](user=user, movie=film or make_movie(), **row)
    if moment is not None:
        MODELS[name].objects.filter(pk=made.pk).update(**{MOMENTS[name]: moment})


def titles(client: APIClient, name: str, query: str = "") -> list[str]:
    response = client.get(f"/api/v1/{name}/{query}")
    assert response.status_code == 200, response.content
    return [row["movie"]["title"] for row in response.json()["results"]]


def errors(client: APIClient, name: str, query: str, code: str = "invalid") -> dict[str, Any]:
    details: dict[str, Any] = refused(client.get(f"/api/v1/{name}/{query}"), 400, code)["details"]
    return details


@pytest.mark.parametrize("name", LISTS)
def test_films_narrow_a_list_alone_and_together(
    viewer: User, viewer_client: APIClient, name: str
) -> None:
    both = make_movie(title="Both", year=1990, genres=("Action", "Drama", "Horror"))
    put(name, viewer, film=both)
    put(name, viewer, film=make_movie(title="One", year=2000, genres=("Action",)))
    put(name, viewer, film=make_movie(title="None", year=None))
    put(name, make_user(), film=make_movie(title="Another's", year=1990, genres=("Action",)))
    drama = make_genre("Drama")

    def found(query: str) -> list[str]:
        return titles(viewer_client, name, f"?ordering=title&{query}")

    assert found("") == ["Both", "None", "One"]
    assert found("genre=action") == ["Both", "One"]
    assert found(f"genre=action,{drama.pk},horror") == ["Both"]
    assert found("year=2000") == ["One"]
    assert found("year_min=1991") == ["One"]
    assert found("year_max=1990") == ["Both"]
    assert found("year_min=1990&year_max=2000") == ["Both", "One"]
    assert found("genre=action&year_min=1995&q=one") == ["One"]
    assert found("genre=drama&year=2000") == []
    assert found(f"movie_id={both.pk}") == ["Both"]
    assert found("movie_id=999999999") == []


@pytest.mark.parametrize("name", LISTS)
def test_every_word_is_somewhere_in_one_of_both_titles(
    viewer: User, viewer_client: APIClient, name: str
) -> None:
    amelie = {"title": "Amelie", "original_title": "Le Fabuleux Destin d'Amélie Poulain"}
    put(name, viewer, film=make_movie(**amelie))
    put(name, viewer, film=make_movie(title="100% Wolf_", original_title=""))
    put(name, viewer, film=make_movie(title="1000 Wolfs", original_title="z"))

    def found(words: str) -> list[str]:
        return titles(viewer_client, name, f"?ordering=title&q={words}")

    assert found("AMEL") == ["Amelie"]
    assert found("amelie destin") == found("%20destin%20%20amelie%20") == ["Amelie"]
    assert found("AM%C3%89LIE") == ["Amelie"]
    assert found("amelie wolf") == []
    assert found("wolf") == ["100% Wolf_", "1000 Wolfs"]
    assert found("0%25") == found("f_") == found("100%25 _") == ["100% Wolf_"]
    assert found("Z") == ["1000 Wolfs"]


@pytest.mark.parametrize("name", LISTS)
def test_days_are_whole_ones_of_utc(viewer: User, viewer_client: APIClient, name: str) -> None:
    put(name, viewer, film=make_movie(title="Eve"), moment=at(1, 23, 59, 59))
    put(name, viewer, film=make_movie(title="Morning"), moment=at(2))
    put(name, viewer, film=make_movie(title="Night"), moment=at(2, 23, 59, 59))
    put(name, viewer, film=make_movie(title="Next"), moment=at(3))

    def found(query: str) -> list[str]:
        return titles(viewer_client, name, f"?ordering={MOMENTS[name]}&{query}")

    assert found("since=2026-03-02") == ["Morning", "Night", "Next"]
    assert found("until=2026-03-02") == ["Eve", "Morning", "Night"]
    assert found("since=2026-03-02&until=2026-03-02") == ["Morning", "Night"]
    assert found("since=0001-01-01&until=9999-12-31") == ["Eve", "Morning", "Night", "Next"]


@pytest.mark.parametrize("name", ["ratings", "watch-history"])
def test_a_row_of_unknown_moment_is_of_no_day_and_comes_last(
    viewer: User, viewer_client: APIClient, name: str
) -> None:
    put(name, viewer, film=make_movie(title="Unknown"))
    put(name, viewer, film=make_movie(title="Known"), moment=at(1))

    assert titles(viewer_client, name, "?since=0001-01-01") == ["Known"]
    assert titles(viewer_client, name, f"?ordering={MOMENTS[name]}") == ["Known", "Unknown"]
    assert titles(viewer_client, name, f"?ordering=-{MOMENTS[name]}") == ["Known", "Unknown"]


@pytest.mark.parametrize("name", LISTS)
def test_orderings_have_unknown_years_last_and_break_ties_by_age(
    viewer: User, viewer_client: APIClient, name: str
) -> None:
    for title, year in (("B", 1999), ("A", None), ("C", 1950), ("B", 1999)):
        put(name, viewer, film=make_movie(title=title, year=year), moment=at(1))

    def ids(query: str) -> list[int]:
        rows = viewer_client.get(f"/api/v1/{name}/{query}").json()["results"]
        return [row["id"] for row in rows]

    first, second, third, fourth = MODELS[name].objects.order_by("pk").values_list("pk", flat=True)
    assert ids("?ordering=title") == [second, first, fourth, third]
    assert ids("?ordering=-title") == [third, fourth, first, second]
    assert ids("?ordering=year") == [third, first, fourth, second]
    assert ids("?ordering=-year") == [fourth, first, third, second]
    assert ids(f"?ordering={MOMENTS[name]}") == [first, second, third, fourth]
    assert ids(f"?ordering=-{MOMENTS[name]}") == ids("") == [fourth, third, second, first]


def test_ratings_are_found_and_sorted_by_score(viewer: User, viewer_client: APIClient) -> None:
    for title, score in (("Bad", 2), ("Fair", 6), ("Good", 9)):
        put("ratings", viewer, film=make_movie(title=title), score=score)

    assert titles(viewer_client, "ratings", "?ordering=score") == ["Bad", "Fair", "Good"]
    assert titles(viewer_client, "ratings", "?ordering=-score&score_min=6") == ["Good", "Fair"]
    assert titles(viewer_client, "ratings", "?ordering=updated_at") == ["Bad", "Fair", "Good"]
    assert titles(viewer_client, "ratings", "?score_max=2") == ["Bad"]
    assert titles(viewer_client, "ratings", "?score_min=6&score_max=6") == ["Fair"]


def test_viewings_are_found_and_sorted_by_their_progress(
    viewer: User, viewer_client: APIClient
) -> None:
    for title, progress in (("Left", 79), ("Seen", 80), ("Whole", 100)):
        put("watch-history", viewer, film=make_movie(title=title), progress=progress)

    history = "watch-history"
    assert titles(viewer_client, history, "?ordering=progress") == ["Left", "Seen", "Whole"]
    assert titles(viewer_client, history, "?ordering=-progress&finished=true") == ["Whole", "Seen"]
    assert titles(viewer_client, history, "?finished=false") == ["Left"]


def test_a_watchlist_tells_what_was_seen_already(viewer: User, viewer_client: APIClient) -> None:
    seen, left, unseen = (make_movie(title=title) for title in ("Seen", "Left", "Unseen"))
    for film in (seen, left, unseen):
        put("watchlist", viewer, film=film)
    for _ in range(2):
        make_watch_entry(user=viewer, movie=seen)
    make_watch_entry(user=viewer, movie=left, progress=79)
    make_watch_entry(user=make_user(), movie=unseen)

    assert titles(viewer_client, "watchlist", "?watched=true") == ["Seen"]
    assert titles(viewer_client, "watchlist", "?watched=false&ordering=title") == ["Left", "Unseen"]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("?genre=none", "genre"),
        ("?genre=", "genre"),
        ("?year=1999.0", "year"),
        ("?year_min=1869", "year_min"),
        ("?year_max=2201", "year_max"),
        ("?year_min=2000&year_max=1999", "year_min"),
        ("?q=", "q"),
        ("?q=%20", "q"),
        ("?q=%00", "q"),
        (f"?q={'a' * 101}", "q"),
        ("?since=2026-02-30", "since"),
        ("?since=2026-W10-1", "since"),
        ("?since=20260301", "since"),
        ("?since=2026-03-01T00:00:00Z", "since"),
        ("?until=tomorrow", "until"),
        ("?until=", "until"),
        ("?since=2026-03-02&until=2026-03-01", "since"),
        ("?movie_id=0", "movie_id"),
        ("?movie_id=x", "movie_id"),
        ("?movie_id=1000000000", "movie_id"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(
    viewer_client: APIClient, name: str, query: str, named: str
) -> None:
    assert list(errors(viewer_client, name, query)) == [named]


@pytest.mark.parametrize(
    ("name", "query", "named"),
    [
        ("ratings", "?score_min=0", "score_min"),
        ("ratings", "?score_max=11", "score_max"),
        ("ratings", "?score_min=7&score_max=6", "score_min"),
        ("watch-history", "?finished=yes", "finished"),
        ("watch-history", "?finished=True", "finished"),
        ("watchlist", "?watched=", "watched"),
        ("watchlist", "?watched=1", "watched"),
    ],
)
def test_what_only_one_list_has_is_refused_by_name(
    viewer_client: APIClient, name: str, query: str, named: str
) -> None:
    assert list(errors(viewer_client, name, query)) == [named]


def test_an_empty_range_says_which_ends_it_has(viewer_client: APIClient) -> None:
    details = errors(viewer_client, "ratings", "?score_min=7&score_max=6")

    message = "score_min lies above score_max: nothing is in between."
    assert details == {"score_min": [{"code": "invalid", "message": message}]}


@pytest.mark.parametrize(
    ("name", "orderings"),
    [
        ("favorites", "-created_at, -title, -year, created_at, title, year"),
        (
            "ratings",
            (
                "-score, -updated_at, -title, -rated_at, -year, "
                "score, updated_at, title, rated_at, year"
            ),
        ),
        (
            "watch-history",
            "-progress, -title, -watched_at, -year, progress, title, watched_at, year",
        ),
        ("watchlist", "-created_at, -title, -year, created_at, title, year"),
    ],
)
def test_an_unknown_ordering_names_the_orderings(
    viewer_client: APIClient, name: str, orderings: str
) -> None:
    details = errors(viewer_client, name, "?ordering=movie__tmdb_id", "unknown_parameter")

    assert details["ordering"][0]["message"] == f"The orderings are {orderings}."


@pytest.mark.parametrize("name", LISTS)
def test_an_unknown_parameter_is_refused(viewer_client: APIClient, name: str) -> None:
    details = errors(viewer_client, name, "?search=x", "unknown_parameter")

    assert {"genre", "movie_id", "ordering", "page", "q", "since", "until", "year_min"} <= set(
        details["allowed"]
    )


@pytest.mark.parametrize("name", LISTS)
def test_filters_cost_no_more_queries_for_more_rows(
    viewer: User, viewer_client: APIClient, name: str
) -> None:
    query = f"/api/v1/{name}/?genre=drama&q=film&year_min=1950&ordering=title&since=2000-01-01"
    # A process reads them once in minutes.
    images.known.get()
    counts = []
    for _ in range(2):
        for _ in range(3):
            film = make_movie(genres=("Drama", "Action"))
            put(name, viewer, film=film, moment=at(1))
        with captured_queries() as statements:
            rows = viewer_client.get(query).json()["results"]
        counts.append((len(rows), len(statements)))

    assert counts == [(3, counts[0][1]), (6, counts[0][1])]
