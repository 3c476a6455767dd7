"""Lists, their pages, searches and changes."""

from datetime import date
from typing import Any

import pytest

from tests.tmdb_server import StandIn
from tests.tmdb_server.catalogue import Catalogue
from tests.tmdb_server.changes import Changes
from tests.tmdb_server.sources import read_records

from .conftest import Client


def ids(client: Client, path: str, **query: object) -> list[int]:
    return [row["id"] for row in client.json(path, **query)["results"]]


def test_the_pages_of_a_list_hold_each_title_once(client: Client) -> None:
    first = client.json("/movie/popular")

    found = [n for page in range(1, 29) for n in ids(client, "/movie/popular", page=page)]

    assert (first["page"], first["total_pages"]) == (1, 28)
    assert len(found) == len(set(found)) == first["total_results"]
    assert ids(client, "/movie/popular", page=29) == []


@pytest.mark.parametrize("page", ["0", "501", "-1", "x", ""])
def test_a_page_outside_of_1_to_500_is_refused(page: str, client: Client) -> None:
    answer = client.get("/movie/popular", page=page)

    assert (answer.status_code, answer.json()["status_code"]) == (400, 22)


def test_trending_changes_with_the_day_and_with_the_week(tmdb: StandIn, client: Client) -> None:
    found = {}
    for day in ("2026-03-02", "2026-03-03", "2026-03-12"):
        tmdb.configure(today=date.fromisoformat(day))
        found[day] = [ids(client, f"/trending/movie/{window}") for window in ("day", "week")]

    (monday, this_week), (tuesday, same_week), (_, next_week) = found.values()
    assert len(monday) == 20
    assert monday != tuesday
    assert this_week == same_week != next_week


def test_upcoming_titles_are_newer_than_those_that_are_playing(client: Client) -> None:
    upcoming, playing = client.json("/movie/upcoming"), client.json("/movie/now_playing")

    assert upcoming["dates"]["minimum"] >= playing["dates"]["maximum"]
    days = [row["release_date"] for row in playing["results"]]
    assert days == sorted(days, reverse=True)


def test_genres_are_joined_by_a_comma_and_are_a_choice_with_a_bar(client: Client) -> None:
    both = client.json("/discover/movie", with_genres="18,35")
    either = client.json("/discover/movie", with_genres="18|35")
    neither = client.json("/discover/movie", without_genres="18,35")

    assert all({18, 35} <= set(row["genre_ids"]) for row in both["results"])
    assert all({18, 35} & set(row["genre_ids"]) for row in either["results"])
    everything = client.json("/discover/movie")["total_results"]
    assert 0 < both["total_results"] < either["total_results"] < everything
    assert either["total_results"] + neither["total_results"] == everything


def test_discover_filters_sorts_and_ignores_what_it_does_not_know(client: Client) -> None:
    found = client.json(
        "/discover/movie",
        **{"primary_release_date.gte": "1990-01-01", "primary_release_date.lte": "1999-12-31"},
        sort_by="vote_average.desc",
        with_genre="misspelt",
    )["results"]
    averages = [row["vote_average"] for row in found]

    assert len(found) == 20
    assert all(row["release_date"].startswith("199") for row in found)
    assert averages == sorted(averages, reverse=True)


def test_a_filter_that_is_no_number_is_refused(client: Client) -> None:
    answer = client.get("/discover/movie", with_genres="drama")

    assert (answer.status_code, answer.json()["status_code"]) == (422, 5)


def test_search_finds_by_title_and_year(client: Client) -> None:
    assert 238 in ids(client, "/search/movie", query="godfather")
    assert ids(client, "/search/movie", query="GODFATHER", year=1972) == [238]
    assert ids(client, "/search/movie", query="no such film at all") == []
    assert client.get("/search/movie").json()["status_code"] == 5


def test_find_knows_imdb_ids_only_and_answers_empty_for_others(client: Client) -> None:
    found = client.json("/find/tt0068646", external_source="imdb_id")
    unknown = client.json("/find/tt9999999", external_source="imdb_id")

    assert [(row["id"], row["media_type"]) for row in found["movie_results"]] == [(238, "movie")]
    assert unknown["movie_results"] == unknown["tv_results"] == []


def test_scripted_changes_are_the_only_ones_of_their_day(tmdb: StandIn, client: Client) -> None:
    tmdb.changed(date(2026, 5, 1), list(range(1, 251)))
    tmdb.changed(date(2026, 5, 2), [250, 7_000])
    day = {"start_date": "2026-05-01 10:00:00", "end_date": "2026-05-01"}

    first = client.json("/movie/changes", **day)
    last = client.json("/movie/changes", **day, page=3)
    both = client.json("/movie/changes", start_date="2026-05-01", end_date="2026-05-02")

    assert (first["total_pages"], first["total_results"]) == (3, 250)
    assert [row["id"] for row in first["results"]] == list(range(1, 101))
    assert len(last["results"]) == 50
    assert both["total_results"] == 251


def test_changes_of_other_days_are_a_part_of_the_catalogue() -> None:
    catalogue = Catalogue(read_records(None))
    changes = Changes(catalogue)
    days = [changes.on(date(2026, 5, day)) for day in range(1, 8)]

    assert sum(map(len, days)) == 35
    assert all(set(found) <= catalogue.entries.keys() for found in days)
    assert days[0] != days[1]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"start_date": "2026-05-01", "end_date": "2026-05-15"}, 200, None),
        ({"start_date": "2026-05-01", "end_date": "2026-05-16"}, 422, 20),
        ({"start_date": "1 May 2026"}, 400, 23),
        ({"page": "501"}, 400, 22),
    ],
)
def test_changes_cover_fourteen_days_at_most(
    query: dict[str, Any], status: int, code: int | None, client: Client
) -> None:
    answer = client.get("/movie/changes", **query)

    assert (answer.status_code, answer.json().get("status_code")) == (status, code)
