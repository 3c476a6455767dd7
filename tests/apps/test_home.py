"""The rows of a home page, and what is in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from apps.favorites.models import Favorite
from apps.movies import images
from apps.movies.models import ListName, Movie, RelatedTitles
from apps.recommendations.models import ActiveGeneration, RecommendationList
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.films import make_credit, store_list
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_favorite,
    make_generation,
    make_genre,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)
from tests.made_once import made_once

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/home/"


@dataclass
class Cinema:
    """A viewer who likes horror, with a list of forty films, and what is beside it."""

    viewer: User
    liked: list[Movie]
    listed: list[Movie]
    horror: list[Movie]
    trending: list[Movie]
    saved: list[Movie]
    related: list[Movie]
    stored: RecommendationList

    @property
    def client(self) -> APIClient:
        return client_of(self.viewer)


def films(count: int, *genres: str, **fields: Any) -> list[Movie]:
    return [make_movie(genres=genres, **fields) for _ in range(count)]


def released(day: date, **fields: Any) -> Movie:
    return make_movie(release_date=day, year=day.year, **fields)


def make_cinema() -> Cinema:
    viewer = make_user()
    liked = [make_movie(title=f"Liked {n}", genres=("Horror", "Drama")) for n in range(2)]
    for movie in liked:
        make_rating(user=viewer, movie=movie, score=9)
    today = timezone.now().date()
    listed = films(34, "Drama") + films(6, "Drama", release_date=today - timedelta(days=30))
    because = [[(liked[n % 2], 600)] for n in range(40)]
    generation = make_generation(active=True)
    stored = make_list(
        user=viewer, generation=generation, movies=listed, because=because, revision=0
    )
    trending, saved, related = films(8), films(5), films(9)
    store_list(ListName.TRENDING_DAY, trending)
    for movie in saved:
        make_watchlist_entry(user=viewer, movie=movie)
    RelatedTitles.objects.create(
        movie=liked[0], recommended_tmdb_ids=[film.tmdb_id for film in related]
    )
    return Cinema(
        viewer=viewer,
        liked=liked,
        listed=listed,
        horror=films(7, "Horror", vote_count=500) + films(100, "Drama", vote_count=400),
        trending=trending,
        saved=saved,
        related=related,
        stored=stored,
    )


@pytest.fixture(scope="module")
def cinema_of_module(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cinema]:
    with made_once(django_db_blocker, make_cinema) as made:
        yield made


@pytest.fixture
def cinema(cinema_of_module: Cinema, db: None) -> Cinema:
    return cinema_of_module


def page(client: APIClient, query: str = "rows=10") -> dict[str, Any]:
    response = client.get(f"{URL}?{query}")
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def by_kind(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The first row of each kind."""
    return {row["kind"]: row for row in reversed(body["rows"])}


def shown(row: dict[str, Any]) -> list[int]:
    return [item["movie"]["id"] for item in row["results"]]


def all_shown(body: dict[str, Any]) -> list[int]:
    return list(chain.from_iterable(shown(row) for row in body["rows"]))


def ids(movies: list[Movie]) -> list[int]:
    return [movie.pk for movie in movies]


def test_a_page_has_titled_rows_in_their_order(cinema: Cinema) -> None:
    body = page(cinema.client)

    titles = [(row["kind"], row["title"]) for row in body["rows"]]
    assert titles[0] == ("for_you", "For you")
    # Which of the two speaks for more is open: each for twenty.
    assert {title for _, title in titles[1:3]} == {f"Because you liked Liked {n}" for n in (0, 1)}
    assert titles[3:] == [
        ("popular_in_genre", "Popular in Horror"),
        ("trending", "Trending"),
        ("new_for_you", "New for you"),
        ("from_your_watchlist", "From your watchlist"),
        ("popular", "Popular on Nexus"),
    ]
    assert body["list_id"] == cinema.stored.pk
    assert (body["revision"], body["current_revision"], body["is_stale"]) == (0, 0, False)
    assert body["is_cached"] is False


def test_what_a_title_names_is_told_for_other_languages(cinema: Cinema) -> None:
    rows = by_kind(page(cinema.client))

    anchor = rows["because_you_liked"]["params"]
    assert anchor["title"] == Movie.objects.get(pk=anchor["movie_id"]).title
    assert rows["because_you_liked"]["key"] == f"because_you_liked-{anchor['movie_id']}"
    horror = make_genre("Horror")
    assert rows["popular_in_genre"]["params"] == {
        "genre_id": horror.pk,
        "name": "Horror",
        "slug": "horror",
    }
    assert rows["popular_in_genre"]["key"] == "popular_in_genre-horror"
    assert rows["for_you"]["params"] == {}


def test_rows_hold_what_they_say(cinema: Cinema) -> None:
    rows = by_kind(page(cinema.client))

    assert shown(rows["for_you"])[:5] == ids(cinema.listed[:5])
    assert shown(rows["popular_in_genre"]) == ids(cinema.horror[:7])
    assert shown(rows["trending"]) == ids(cinema.trending)
    assert shown(rows["new_for_you"]) == ids(cinema.listed[34:])
    assert shown(rows["from_your_watchlist"]) == ids(cinema.saved[::-1])
    sources = {kind: (row["source"], row["list_id"]) for kind, row in rows.items()}
    listed = cinema.stored.pk
    assert sources == {
        "for_you": ("personal", listed),
        "because_you_liked": ("personal", listed),
        "popular_in_genre": ("popular", None),
        "trending": ("trending", None),
        "new_for_you": ("personal", listed),
        "from_your_watchlist": ("watchlist", None),
        "popular": ("popular", None),
    }


def test_because_rows_hold_films_of_that_reason_and_then_similar_ones(cinema: Cinema) -> None:
    body = page(cinema.client, "rows=10&items=40")
    liked = cinema.liked[0]
    (row,) = (row for row in body["rows"] if row["params"].get("movie_id") == liked.pk)

    of_list = [item for item in row["results"] if item["score"] is not None]
    similar = row["results"][len(of_list) :]

    assert [item["reason"]["because"][0]["movie_id"] for item in row["results"]] == [
        liked.pk
    ] * len(row["results"])
    assert {item["reason"]["text"] for item in row["results"]} == {"Because you liked Liked 0"}
    assert of_list
    assert [item["movie"]["id"] for item in similar] == ids(cinema.related)
    assert {(item["source"], item["score"]) for item in similar} == {("similar", None)}


def test_no_film_is_there_twice(cinema: Cinema) -> None:
    for movie in cinema.listed[:10]:
        make_watchlist_entry(user=cinema.viewer, movie=movie)
    store_list(ListName.NOW_PLAYING, [*cinema.listed[:12], *cinema.trending])

    body = page(cinema.client, "rows=10&items=40")

    assert len(all_shown(body)) == len(set(all_shown(body))) > 60
    # The watchlist goes by the list, whose first films stay on top of the page.
    assert shown(by_kind(body)["from_your_watchlist"]) == [
        *ids(cinema.listed[5:10]),
        *ids(cinema.saved[::-1]),
    ]


def test_fewer_rows_and_items_are_the_first_ones(cinema: Cinema) -> None:
    body = page(cinema.client, "rows=3&items=6")

    assert [row["kind"] for row in body["rows"]] == [
        "for_you",
        "because_you_liked",
        "popular_in_genre",
    ]
    assert [len(row["results"]) for row in body["rows"]] == [6, 6, 6]
    assert len(page(cinema.client, "")["rows"]) == 6


def test_what_was_seen_or_hidden_since_is_nowhere(cinema: Cinema) -> None:
    viewer = cinema.viewer
    gone = [cinema.listed[0], cinema.trending[0], cinema.saved[0], cinema.horror[0]]
    make_rating(user=viewer, movie=gone[0], score=2)
    make_favorite(user=viewer, movie=gone[1])
    make_watch_entry(user=viewer, movie=gone[2])
    make_not_interested(user=viewer, movie=gone[3])
    acted = make_credit(cinema.trending[1])
    make_not_interested(user=viewer, person=acted.person)
    Movie.objects.filter(pk=cinema.listed[1].pk).update(tombstoned_at=timezone.now())
    Movie.objects.filter(pk=cinema.trending[2].pk).update(adult=True)
    gone += [cinema.trending[1], cinema.listed[1], cinema.trending[2]]

    body = page(cinema.client, "rows=10&items=40")

    assert not set(ids(gone)) & set(all_shown(body))
    # Four are left to save, which are no row.
    assert "from_your_watchlist" not in by_kind(body)


def test_a_hidden_genre_is_neither_shown_nor_named(cinema: Cinema) -> None:
    make_not_interested(user=cinema.viewer, genre=make_genre("Horror"))

    body = page(cinema.client, "rows=10&items=40")

    assert by_kind(body)["popular_in_genre"]["title"] == "Popular in Drama"
    assert not set(ids(cinema.horror[:7])) & set(all_shown(body))


def test_a_row_is_not_named_after_what_is_liked_no_more(cinema: Cinema) -> None:
    cinema.viewer.ratings.filter(movie=cinema.liked[0]).update(score=4)

    body = page(cinema.client)

    named = [row["params"] for row in body["rows"] if row["kind"] == "because_you_liked"]
    assert named == [{"movie_id": cinema.liked[1].pk, "title": "Liked 1"}]
    reasons = [item["reason"] for row in body["rows"] for item in row["results"]]
    assert cinema.liked[0].pk not in {
        film["movie_id"] for reason in reasons for film in reason["because"]
    }


def test_without_a_list_there_is_what_is_trending_popular_and_new(cinema: Cinema) -> None:
    today = timezone.now().date()
    new = [released(today - timedelta(days=7)) for _ in range(6)]
    generation = ActiveGeneration.objects.get().generation
    generation.popular_movie_ids = ids(cinema.listed[:20])
    generation.save()

    body = page(client_of(make_user()))

    assert [row["kind"] for row in body["rows"]] == [
        "trending",
        "popular",
        "popular_in_genre",
        "new_releases",
    ]
    rows = by_kind(body)
    assert shown(rows["popular"]) == ids(cinema.listed[:20])
    # Nothing is liked yet: the genre is the one that is popular.
    assert rows["popular_in_genre"]["title"] == "Popular in Drama"
    assert set(ids(new)) <= set(shown(rows["new_releases"]))
    assert rows["new_releases"]["results"][0]["reason"]["text"] == "New release"
    assert {row["list_id"] for row in body["rows"]} == {body["list_id"]} == {None}
    assert (body["revision"], body["is_stale"]) == (0, False)


def test_new_releases_are_those_of_the_last_months_with_the_most_votes(cinema: Cinema) -> None:
    today = timezone.now().date()
    new = [
        released(today - timedelta(days=days), vote_count=votes)
        for days, votes in ((548, 9), (0, 8), (300, 7), (100, 6), (30, 5))
    ]
    for days in (549, -1):
        released(today - timedelta(days=days), vote_count=99)

    rows = by_kind(page(client_of(make_user())))

    assert shown(rows["new_releases"]) == ids(new)


def test_a_newcomer_who_likes_something_sees_its_genre(cinema: Cinema) -> None:
    newcomer = make_user()
    Favorite.objects.create(user=newcomer, movie=cinema.liked[0])

    rows = by_kind(page(client_of(newcomer)))

    assert rows["popular_in_genre"]["title"] == "Popular in Horror"


def test_an_empty_platform_has_an_empty_page(viewer_client: APIClient) -> None:
    Movie.objects.update(adult=True)

    assert page(viewer_client)["rows"] == []


def test_an_item_is_the_item_of_the_list(cinema: Cinema) -> None:
    item = by_kind(page(cinema.client))["for_you"]["results"][0]

    (same,) = cinema.client.get("/api/v1/recommendations/?limit=1").json()["results"]

    assert item == same


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("rows=0", "rows"),
        ("rows=11", "rows"),
        ("rows=six", "rows"),
        ("rows=", "rows"),
        ("items=4", "items"),
        ("items=41", "items"),
        ("items=-5", "items"),
    ],
)
def test_a_bad_count_is_refused_by_name(viewer_client: APIClient, query: str, field: str) -> None:
    error = refused(viewer_client.get(f"{URL}?{query}"), 400, "invalid")

    assert set(error["details"]) == {field}


def test_an_unknown_parameter_is_refused(viewer_client: APIClient) -> None:
    error = refused(viewer_client.get(f"{URL}?limit=3"), 400, "unknown_parameter")

    assert error["details"] == {"allowed": ["fields", "items", "rows"]}


def test_a_larger_page_costs_no_more_queries(cinema: Cinema) -> None:
    client = cinema.client
    images.known.get()
    counts = []
    for query in ("rows=1&items=5", "rows=10&items=40"):
        with captured_queries() as statements:
            page(client, query)
        counts.append(len(statements))

    assert counts[0] == counts[1]
