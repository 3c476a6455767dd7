"""Filters of the list: they narrow what is stored and the popular films that follow alike."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.movies.models import Movie, WatchAvailability
from apps.recommendations import pages
from apps.users.models import User
from tests.apps.api import refused
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_favorite,
    make_generation,
    make_genre,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_watch_entry,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/"


def answer(client: APIClient, **query: Any) -> dict[str, Any]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def shown(body: dict[str, Any]) -> list[int]:
    return [result["movie"]["id"] for result in body["results"]]


def ids(*movies: Movie) -> list[int]:
    return [movie.pk for movie in movies]


def make_pair(**fields: Any) -> list[Movie]:
    """One of the viewer's list, and one that follows it."""
    return [make_movie(vote_count=votes, **fields) for votes in (9, 5)]


def store(viewer: User, *movies: Movie) -> int:
    return make_list(user=viewer, generation=make_generation(active=True), movies=[*movies]).pk


def offer(movie: Movie, country: str = "CH", **providers: list[int]) -> None:
    WatchAvailability.objects.create(movie=movie, country=country, **providers)


@pytest.fixture(params=[0, 500])
def looked_for(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the indexes of the filter, or among the popular films."""
    monkeypatch.setattr(pages, "LOOKED_AT_FOR_FILTER", request.param)


@pytest.mark.usefixtures("looked_for")
@pytest.mark.parametrize(
    ("wanted", "other", "query"),
    [
        ({"genres": ("Drama", "War")}, {"genres": ("Drama",)}, {"genre": "drama,war"}),
        ({"year": 1977}, {"year": 1978}, {"year": 1977}),
        ({"year": 1977}, {"year": 1976}, {"year_min": 1977}),
        ({"year": 1977}, {"year": None}, {"year_min": 1900}),
        ({"year": 1977}, {"year": 1978}, {"year_max": 1977}),
        ({"runtime": 90}, {"runtime": 89}, {"runtime_min": 90}),
        ({"runtime": 90}, {"runtime": None}, {"runtime_max": 90}),
        ({"original_language": "fr"}, {"original_language": "en"}, {"language": "fr"}),
        (
            {"original_language": "fr", "year": 1977},
            {"year": 1977},
            {"language": "fr", "year": 1977},
        ),
    ],
)
def test_films_that_fit_are_shown_in_their_order(
    viewer: User,
    viewer_client: APIClient,
    wanted: dict[str, Any],
    other: dict[str, Any],
    query: dict[str, Any],
) -> None:
    unfit, unfit_behind = make_pair(**other)
    fit, fit_behind = make_pair(**wanted)
    list_id = store(viewer, unfit, fit)

    body = answer(viewer_client, **query)

    assert shown(body) == ids(fit, fit_behind)
    assert (body["list_id"], body["next"]) == (list_id, None)
    assert [result["source"] for result in body["results"]] == ["personal", "popular"]
    assert unfit_behind.pk not in shown(body)


@pytest.mark.usefixtures("looked_for")
def test_a_provider_offers_a_film_in_a_country(viewer: User, viewer_client: APIClient) -> None:
    streamed, free, rented, abroad, others, nowhere = movies = [
        make_movie(vote_count=100 - number) for number in range(6)
    ]
    offer(streamed, flatrate=[8, 337])
    offer(free, free=[9])
    offer(rented, rent=[8], flatrate=[10])
    offer(abroad, "FR", flatrate=[8])
    offer(others, flatrate=[10])
    store(viewer, rented, streamed, nowhere)
    viewer.region = "FR"
    viewer.save()

    def of(**query: Any) -> list[int]:
        return shown(answer(viewer_client, **query))

    assert of(provider="8", region="CH") == ids(streamed)
    assert of(provider="8,9", region="CH") == ids(streamed, free)
    assert of(provider="8", region="CH", offer="rent,buy") == ids(rented)
    assert of(provider="8", region="CH", offer="flatrate,rent") == ids(rented, streamed)
    assert of(provider="8") == ids(abroad)
    assert of(provider="4711") == []
    assert set(of()) == set(ids(*movies))


def test_excluded_films_are_left_out_everywhere(viewer: User, viewer_client: APIClient) -> None:
    listed, excluded, behind, excluded_behind = (make_movie(vote_count=4 - n) for n in range(4))
    store(viewer, excluded, listed)

    body = answer(viewer_client, exclude=f"{excluded.pk},{excluded_behind.pk},999999999")

    assert shown(body) == ids(listed, behind)


def test_a_name_that_is_repeated_for_each_value_means_all_of_them(
    viewer: User, viewer_client: APIClient
) -> None:
    fit, first, second = (make_movie(genres=("Drama", "War")) for _ in range(3))
    unfit = make_movie(genres=("War",))
    for movie, provider in ((fit, 8), (first, 9), (unfit, 8)):
        offer(movie, flatrate=[provider])

    of_genres = answer(viewer_client, genre=["drama", "war"], exclude=ids(first, second))
    of_providers = answer(viewer_client, provider=[8, 9], region="CH", exclude=ids(unfit, second))

    assert (shown(of_genres), shown(of_providers)) == (ids(fit), ids(fit, first))


def test_seen_films_are_shown_where_they_are_asked_for_and_hidden_ones_never(
    viewer: User, viewer_client: APIClient
) -> None:
    seen = [make_movie(vote_count=50 - number) for number in range(4)]
    make_rating(user=viewer, movie=seen[0])
    make_favorite(user=viewer, movie=seen[1])
    make_watch_entry(user=viewer, movie=seen[2], progress=100)
    make_rating(user=viewer, movie=seen[3])
    hidden = make_movie(vote_count=99)
    make_not_interested(user=viewer, movie=hidden)
    drama = make_movie(vote_count=98, genres=("Drama",))
    make_not_interested(user=viewer, genre=make_genre("Drama"))
    new = make_movie(vote_count=1)
    store(viewer, hidden, seen[0], drama)

    assert shown(answer(viewer_client, include_seen="true")) == ids(*seen, new)
    assert shown(answer(viewer_client, include_seen="false")) == ids(new)
    assert shown(answer(viewer_client)) == ids(new)


def test_of_a_genre_that_the_viewer_does_not_want_nothing_is_looked_for(
    viewer: User, viewer_client: APIClient
) -> None:
    war, both, other = (
        make_movie(genres=each) for each in (("War",), ("Drama", "War"), ("Drama",))
    )
    store(viewer, war, both)
    make_not_interested(user=viewer, genre=make_genre("War"))

    with captured_queries() as statements:
        body = answer(viewer_client, genre="drama,war", include_seen="true")

    assert (shown(body), body["next"], body["list_id"]) == ([], None, None)
    assert not [each for each in statements if "vote_count" in each]
    assert shown(answer(viewer_client, genre="drama")) == ids(other)


def test_next_keeps_the_filters_and_neither_repeats_nor_skips(
    viewer: User, viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT_FIRST", 3)
    monkeypatch.setattr(pages, "LOOKED_AT_FOR_FILTER", 6)
    movies = [make_movie(vote_count=60 - n, year=1950 + n % 3) for n in range(30)]
    store(viewer, *movies[20:])
    fitting = [movie for movie in (*movies[20:], *movies[:20]) if movie.year == 1951]

    for limit in (1, 2, 7):
        bodies = [answer(viewer_client, year=1951, limit=limit)]
        while bodies[-1]["next"]:
            bodies.append(viewer_client.get(bodies[-1]["next"]).json())

        assert [pk for body in bodies for pk in shown(body)] == ids(*fitting)
        assert [len(body["results"]) for body in bodies[:-1]] == [limit] * (len(bodies) - 1)


def test_a_cursor_goes_on_behind_what_it_saw_whatever_the_filters(
    viewer: User, viewer_client: APIClient
) -> None:
    movies = [make_movie(vote_count=60 - n, year=1950 + n % 2) for n in range(8)]
    store(viewer, *movies[:4])
    first = answer(viewer_client, year=1950, limit=1)

    others = viewer_client.get(first["next"].replace("year=1950", "year=1951")).json()
    all_years = viewer_client.get(first["next"].replace("&year=1950", "")).json()

    assert shown(first) == ids(movies[0])
    assert shown(others) == ids(movies[1])
    assert shown(all_years) == ids(movies[1])


def test_films_of_a_narrow_filter_are_found_with_few_queries(
    viewer: User, viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT_FIRST", 10)
    monkeypatch.setattr(pages, "LOOKED_AT_FOR_FILTER", 10)
    for number in range(40):
        make_movie(vote_count=99, year=1980, title=f"Passed {number}")
    rare = [make_movie(vote_count=votes, year=1931) for votes in (3, 2, 1)]
    answer(viewer_client)

    with captured_queries() as of_all:
        answer(viewer_client, limit=2, year=1980)
    with captured_queries() as of_page:
        body = answer(viewer_client, limit=2, year=1931)

    assert shown(body) == ids(*rare[:2])
    # Once more among the popular films, then by the filter's index.
    assert len(of_page) == len(of_all) + 1
    assert shown(viewer_client.get(body["next"]).json()) == ids(rare[2])


def test_a_page_stops_behind_many_fitting_films_that_were_seen_and_goes_on_there(
    viewer: User, viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT_FIRST", 5)
    monkeypatch.setattr(pages, "LOOKED_AT_FOR_FILTER", 5)
    monkeypatch.setattr(pages, "LOOKED_AT_OF_FITTING", 7)
    for number in range(19):
        movie = make_movie(vote_count=99 - number, year=1930 + (number >= 5))
        make_rating(user=viewer, movie=movie)
    free = make_movie(vote_count=1, year=1931)

    first = answer(viewer_client, limit=1, year=1931)
    second = viewer_client.get(first["next"]).json()

    assert (shown(first), shown(second)) == ([], ids(free))
    assert second["next"] is None


def test_behind_seen_films_of_a_frequent_kind_further_popular_ones_are_looked_at(
    viewer: User, viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT_FIRST", 5)
    monkeypatch.setattr(pages, "LOOKED_AT_FOR_FILTER", 5)
    monkeypatch.setattr(pages, "LOOKED_AT_OF_FITTING", 5)
    for number in range(40):
        make_rating(user=viewer, movie=make_movie(vote_count=99 - number, year=1930 + number % 5))
    free = make_movie(vote_count=1, year=1931)

    assert shown(answer(viewer_client, limit=1, year=1931)) == ids(free)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"genre": "no-such"}, "genre"),
        ({"genre": ",".join(["drama"] * 11)}, "genre"),
        ({"genre": ""}, "genre"),
        ({"year": "19x7"}, "year"),
        ({"year": 1869}, "year"),
        ({"year_min": 2000, "year_max": 1999}, "year_min"),
        ({"runtime_min": 0}, "runtime_min"),
        ({"runtime_max": 99_999}, "runtime_max"),
        ({"runtime_min": 91, "runtime_max": 90}, "runtime_min"),
        ({"language": "French"}, "language"),
        ({"language": "\0"}, "language"),
        ({"provider": "8,", "region": "CH"}, "provider"),
        ({"provider": "netflix", "region": "CH"}, "provider"),
        ({"provider": ",".join(map(str, range(21))), "region": "CH"}, "provider"),
        ({"provider": 8}, "region"),
        ({"provider": 8, "region": "ch"}, "region"),
        ({"provider": 8, "region": "CH", "offer": "flatrate,stolen"}, "offer"),
        ({"region": "CH"}, "region"),
        ({"offer": "rent"}, "offer"),
        ({"exclude": "1,x"}, "exclude"),
        ({"exclude": ",".join(map(str, range(101)))}, "exclude"),
        ({"include_seen": "yes"}, "include_seen"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(
    viewer_client: APIClient, query: dict[str, Any], field: str
) -> None:
    error = refused(viewer_client.get(URL, query), 400, "invalid")

    assert error["details"].keys() == {field}


def test_all_that_cannot_be_used_is_named_at_once(viewer_client: APIClient) -> None:
    error = refused(viewer_client.get(URL, {"year": "x", "language": "?"}), 400, "invalid")

    assert error["details"].keys() == {"year", "language"}
