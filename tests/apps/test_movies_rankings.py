"""Trending, popular, top rated, now playing, upcoming."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.models import ListEntry, ListName, Movie
from tests.apps.api import refused
from tests.apps.films import store_list
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

MOVIES = "/api/v1/movies/"
ADDRESSES = {
    ListName.TRENDING_DAY: "trending/",
    ListName.TRENDING_WEEK: "trending/?window=week",
    ListName.POPULAR: "popular/",
    ListName.TOP_RATED: "top-rated/",
    ListName.NOW_PLAYING: "now-playing/",
    ListName.UPCOMING: "upcoming/",
}


def shown(client: APIClient, address: str) -> dict[str, Any]:
    response = client.get(f"{MOVIES}{address}")
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    body["results"] = [movie["title"] for movie in body["results"]]
    return body


def own(*titles: str) -> dict[str, Any]:
    """What the catalogue itself answers."""
    label = {"source": "catalogue", "fetched_at": None}
    return label | {"next": None, "previous": None, "results": list(titles)}


@pytest.mark.parametrize("name", ListName)
def test_a_stored_list_is_shown_in_its_order_with_its_time(
    client: APIClient, name: ListName
) -> None:
    store_list(name, [make_movie(title="B", vote_count=1), make_movie(title="A", vote_count=9)])

    assert shown(client, ADDRESSES[name]) == {
        "source": "tmdb",
        "fetched_at": "2026-11-22T03:00:00Z",
        "next": None,
        "previous": None,
        "results": ["B", "A"],
    }


def test_the_day_is_the_window_unless_the_week_is_asked_for(client: APIClient) -> None:
    store_list(ListName.TRENDING_DAY, [make_movie(title="Day")])
    store_list(ListName.TRENDING_WEEK, [make_movie(title="Week")])

    assert shown(client, "trending/")["results"] == ["Day"]
    assert shown(client, "trending/?window=day")["results"] == ["Day"]
    assert shown(client, "trending/?window=week")["results"] == ["Week"]


@pytest.mark.parametrize("name", [ListName.TRENDING_DAY, ListName.TRENDING_WEEK, ListName.POPULAR])
@pytest.mark.parametrize("stored", ["nothing", "an empty list", "only hidden films"])
def test_without_films_to_show_from_tmdb_popular_ones_stand_in(
    client: APIClient, name: ListName, stored: str
) -> None:
    make_movie(title="B", vote_count=1)
    make_movie(title="A", vote_count=9)
    if stored == "an empty list":
        store_list(name, [])
    if stored == "only hidden films":
        store_list(name, [make_movie(adult=True), make_movie(tombstoned_at=timezone.now())])

    assert shown(client, ADDRESSES[name]) == own("A", "B")


def test_hidden_films_are_skipped_without_gaps_between_pages(client: APIClient) -> None:
    films = [make_movie(title=str(number)) for number in range(6)]
    store_list(ListName.POPULAR, films)
    Movie.objects.filter(title="1").update(adult=True)
    Movie.objects.filter(title="2").update(tombstoned_at=timezone.now())

    first = client.get(f"{MOVIES}popular/?page_size=2").json()
    second = client.get(first["next"]).json()

    titles = [movie["title"] for page in (first, second) for movie in page["results"]]
    assert titles == ["0", "3", "4", "5"]
    assert (first["source"], second["source"], second["next"]) == ("tmdb", "tmdb", None)
    refused(client.get(f"{MOVIES}popular/?page_size=2&page=3"), 404, "page_not_found")


def test_our_own_best_have_votes_enough_and_the_highest_average(client: APIClient) -> None:
    make_movie(title="Unheard of", vote_average=10, vote_count=199)
    make_movie(title="Good", vote_average=8, vote_count=200)
    make_movie(title="Better", vote_average=9, vote_count=200)
    make_movie(title="As good, better known", vote_average=8, vote_count=201)

    assert shown(client, "top-rated/") == own("Better", "As good, better known", "Good")


def test_where_nothing_has_votes_enough_popular_films_are_the_best(client: APIClient) -> None:
    make_movie(title="B", vote_average=10, vote_count=1)
    make_movie(title="A", vote_average=5, vote_count=9)

    assert shown(client, "top-rated/") == own("A", "B")


def test_our_own_cinema_lists_go_by_the_dates_around_today(client: APIClient) -> None:
    today = timezone.now().date()
    for title, days, votes in (
        ("Too old", -43, 9),
        ("Six weeks ago", -42, 1),
        ("Today", 0, 2),
        ("Tomorrow", 1, 3),
        ("In a year", 365, 4),
        ("Too far", 366, 9),
    ):
        make_movie(title=title, vote_count=votes, release_date=today + timedelta(days=days))
    make_movie(title="Unknown", vote_count=99)

    assert shown(client, "now-playing/") == own("Today", "Six weeks ago")
    assert shown(client, "upcoming/") == own("In a year", "Tomorrow")


def test_an_empty_catalogue_answers_empty_lists(client: APIClient) -> None:
    for address in ADDRESSES.values():
        assert shown(client, address) == own()
    assert not ListEntry.objects.exists()


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("trending/?window=month", "invalid", "window"),
        ("trending/?window=", "invalid", "window"),
        ("trending/?window=DAY", "invalid", "window"),
        ("trending/?page=0", "invalid", "page"),
        ("trending/?language=fr", "unknown_parameter", "allowed"),
        ("popular/?window=day", "unknown_parameter", "allowed"),
        ("top-rated/?page_size=101", "invalid", "page_size"),
        ("now-playing/?region=CH", "unknown_parameter", "allowed"),
        ("upcoming/?page=x", "invalid", "page"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_by_name(
    client: APIClient, query: str, code: str, named: str
) -> None:
    error = refused(client.get(f"{MOVIES}{query}"), 400, code)

    assert list(error["details"]) == [named]


def test_trending_names_its_parameters(client: APIClient) -> None:
    error = refused(client.get(f"{MOVIES}trending/?a=1"), 400, "unknown_parameter")

    assert error["details"] == {
        "allowed": ["fields", "include_adult", "page", "page_size", "window"]
    }
