"""Of films only the chosen fields are sent, and nothing is read for the others."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.movies.models import ListName, Movie
from apps.movies.serializers.films import CARD_FIELDS
from apps.movies.views.films import PAGE_FIELDS
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.films import index_films, store_list, tell_everything
from tests.apps.query_counts import captured_queries
from tests.factories import make_movie, make_rating

pytestmark = pytest.mark.django_db

API = "/api/v1/"
LISTS = [
    "movies/",
    "movies/search/?q=alien",
    "movies/trending/",
    "movies/popular/",
    "movies/top-rated/",
    "movies/now-playing/",
    "movies/upcoming/",
    "movies/{pk}/similar/",
]
PAGES = ["movies/{pk}/", "movies/by-tmdb/348/"]
HOME = "recommendations/home/"


@pytest.fixture
def film() -> Movie:
    film = make_movie(title="Alien", tmdb_id=348, genres=("Horror",), poster_path="/alien.jpg")
    tell_everything(film)
    others = [make_movie(title=f"Alien {number}", genres=("Horror",)) for number in range(6)]
    for name in ListName:
        store_list(name, [film, *others])
    index_films()
    return film


def url(path: str, film: Movie, fields: str) -> str:
    address = API + path.format(pk=film.pk)
    return f"{address}{'&' if '?' in address else '?'}fields={fields}"


def shown(client: Any, path: str, film: Movie, fields: str) -> Any:
    response = client.get(url(path, film, fields))
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize("path", LISTS)
def test_lists_send_the_chosen_fields_in_their_order(
    client: APIClient, film: Movie, path: str
) -> None:
    results = shown(client, path, film, "title,poster_url,title")["results"]

    assert results
    assert {tuple(each) for each in results} == {("id", "title", "poster_url")}


@pytest.mark.parametrize("path", PAGES)
def test_a_films_page_sends_the_chosen_fields(client: APIClient, film: Movie, path: str) -> None:
    page = shown(client, path, film, "cast,title,me")

    assert page.keys() == {"id", "title", "me", "cast"}
    assert page["cast"][0]["person"]["name"] == "Sigourney Weaver"


def test_home_pages_send_the_chosen_fields(viewer: User, film: Movie) -> None:
    rows = shown(client_of(viewer), HOME, film, "title")["rows"]

    films = [item["movie"] for row in rows for item in row["results"]]
    assert films
    assert all(each.keys() == {"id", "title"} for each in films)


@pytest.mark.parametrize("name", CARD_FIELDS)
def test_each_field_alone_says_what_it_says_among_all(viewer: User, film: Movie, name: str) -> None:
    make_rating(user=viewer, movie=film, score=9)
    client = client_of(viewer)
    whole = client.get(f"{API}movies/popular/").json()["results"][0]

    (first, *_) = shown(client, "movies/popular/", film, name)["results"]

    assert first == {"id": film.pk, name: whole[name]}


@pytest.mark.parametrize("name", PAGE_FIELDS)
def test_each_field_of_a_page_alone_says_what_it_says_among_all(
    client: APIClient, film: Movie, name: str
) -> None:
    whole = client.get(f"{API}movies/{film.pk}/").json()

    assert whole.keys() == set(PAGE_FIELDS)
    assert shown(client, "movies/{pk}/", film, name) == {"id": film.pk, name: whole[name]}


@pytest.mark.parametrize("fields", ["colour", "title,", "", "Title", "title;id", "title,me,%00"])
@pytest.mark.parametrize("path", [*LISTS, *PAGES, HOME])
def test_what_is_no_field_is_refused_and_the_fields_are_named(
    viewer: User, film: Movie, path: str, fields: str
) -> None:
    error = refused(client_of(viewer).get(url(path, film, fields)), 400, "invalid")

    (told,) = error["details"]["fields"]
    assert ", ".join(CARD_FIELDS) in told["message"]


def test_no_more_fields_are_taken_than_there_are(client: APIClient, film: Movie) -> None:
    repeated = ",".join(["id"] * (len(CARD_FIELDS) + 1))

    refused(client.get(url("movies/", film, repeated)), 400, "invalid")


def test_nothing_is_read_for_what_is_not_chosen(viewer: User, film: Movie) -> None:
    client = client_of(viewer)
    client.get(f"{API}movies/")

    with captured_queries() as statements:
        shown(client, "movies/", film, "title")
    text = "\n".join(statements)

    # Who asks, which films, of what versions, and those that the process has not kept.
    assert len(statements) == 4
    assert "favorites_" not in text
    assert "nexus_library_states" not in text


def test_a_part_of_a_page_is_not_read_unless_it_is_chosen(client: APIClient, film: Movie) -> None:
    client.get(f"{API}movies/{film.pk}/")

    with captured_queries() as statements:
        shown(client, "movies/{pk}/", film, "title,keywords")

    # The page, and the film's card in two.
    assert len(statements) == 3
    (page,) = [each for each in statements if each.startswith("EXECUTE nexus_film_page")]
    assert read_by(page) == {"movies_movie", "movies_movie_keywords", "movies_keyword"}


def read_by(statement: str) -> set[str]:
    """The tables that it really looks into, of all that it names."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        (((plan,),),) = cursor.fetchall()
    return {
        node["Relation Name"]
        for node in nodes(plan["Plan"])
        if "Relation Name" in node and node["Actual Loops"]
    }


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)
