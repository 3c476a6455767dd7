"""What a viewer did with a film stands in every answer that shows the film."""

from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from apps.favorites.models import NotInterested, WatchEntry, WatchlistEntry
from apps.movies.models import ListName, Movie, RelatedTitles
from apps.users.models import User
from tests.apps.api import client_of
from tests.apps.films import index_films, make_credit, make_person, store_list
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_favorite,
    make_generation,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

API = "/api/v1/"
UNTOUCHED = {
    "favorite": False,
    "rating": None,
    "watched": False,
    "watchlisted": False,
    "hidden": False,
}
SHOWN_BY_CATALOGUE = [
    "movies/",
    "movies/?genre=drama",
    "movies/search/?q=film",
    "movies/trending/",
    "movies/trending/?window=week",
    "movies/popular/",
    "movies/top-rated/",
    "movies/now-playing/",
    "movies/upcoming/",
    "movies/{other}/similar/",
    "movies/{movie}/",
    "movies/by-tmdb/{tmdb}/",
    "people/{person}/",
]


@pytest.fixture
def person_id(movie: Movie) -> int:
    """Who played in the film, and directed it; all lists hold the film, and it is like another."""
    movie.title = "Film"
    movie.save()
    person = make_person()
    make_credit(movie, person=person)
    make_credit(movie, person=person, is_cast=False)
    for name in ListName:
        store_list(name, [movie])
    index_films()
    return person.pk


@pytest.fixture
def movie(db: None) -> Movie:
    return make_movie(genres=("Drama",), vote_count=9)


@pytest.fixture
def other(movie: Movie) -> Movie:
    other = make_movie(genres=("Drama",))
    RelatedTitles.objects.create(movie=other, similar_tmdb_ids=[movie.tmdb_id])
    return other


def films_in(body: Any) -> Iterator[dict[str, Any]]:
    """Every film anywhere in an answer."""
    if isinstance(body, list):
        for each in body:
            yield from films_in(each)
    elif isinstance(body, dict):
        if "vote_average" in body:
            yield body
        yield from films_in([value for name, value in body.items() if name != "me"])


def states_at(client: APIClient, url: str, movie: Movie) -> list[Any]:
    response = client.get(url)
    assert response.status_code == 200, response.content
    films = list(films_in(response.json()))
    return [film["me"] for film in films if film["id"] == movie.pk]


@pytest.mark.parametrize("path", SHOWN_BY_CATALOGUE)
def test_the_catalogue_says_what_the_caller_did_and_nothing_to_nobody(
    path: str, viewer: User, movie: Movie, other: Movie, person_id: int
) -> None:
    url = API + path.format(movie=movie.pk, other=other.pk, tmdb=movie.tmdb_id, person=person_id)
    make_rating(user=viewer, movie=movie, score=7)
    WatchlistEntry.objects.create(user=viewer, movie=movie)

    shown = states_at(client_of(viewer), url, movie)

    assert shown
    assert all(me == UNTOUCHED | {"rating": 7, "watchlisted": True} for me in shown)
    assert states_at(client_of(make_user()), url, movie) == [UNTOUCHED] * len(shown)
    assert states_at(APIClient(), url, movie) == [None] * len(shown)


@pytest.mark.parametrize("path", SHOWN_BY_CATALOGUE)
def test_it_costs_the_signed_in_one_query_and_nobody_any(
    path: str, viewer: User, movie: Movie, other: Movie, person_id: int
) -> None:
    url = API + path.format(movie=movie.pk, other=other.pk, tmdb=movie.tmdb_id, person=person_id)
    client = client_of(viewer)
    client.get(url)

    with captured_queries() as of_nobody:
        APIClient().get(url)
    with captured_queries() as of_viewer:
        client.get(url)

    told_by = ("favorites_", "nexus_library_states")
    assert [sql for sql in of_nobody if any(name in sql for name in told_by)] == []
    (states,) = (sql for sql in of_viewer if any(name in sql for name in told_by))
    assert "nexus_library_states" in states
    # The session is the other one.
    assert len(of_viewer) == len(of_nobody) + 2


def test_a_person_with_many_films_costs_no_more_queries(viewer: User) -> None:
    person, busy = make_person(), make_person()
    make_credit(make_movie(), person=person)
    for _ in range(30):
        film = make_movie()
        make_credit(film, person=busy)
        make_rating(user=viewer, movie=film)
    client = client_of(viewer)
    client.get(f"{API}people/{person.pk}/")

    with captured_queries() as few:
        client.get(f"{API}people/{person.pk}/")
    with captured_queries() as many:
        shown = client.get(f"{API}people/{busy.pk}/").json()["cast"]

    assert [part["movie"]["me"]["rating"] for part in shown] == [8] * 30
    assert len(few) == len(many)


def test_recommendations_say_it_too(viewer: User, viewer_client: APIClient) -> None:
    planned, unknown = make_movie(), make_movie()
    make_list(user=viewer, generation=make_generation(active=True), movies=[planned, unknown])
    WatchlistEntry.objects.create(user=viewer, movie=planned)
    WatchEntry.objects.create(user=viewer, movie=unknown, progress=79)

    results = viewer_client.get(f"{API}recommendations/").json()["results"]

    assert [result["movie"]["me"] for result in results] == [
        UNTOUCHED | {"watchlisted": True},
        UNTOUCHED,
    ]


def test_each_state_is_told_apart(viewer: User, viewer_client: APIClient) -> None:
    favourite, rated, watched, begun, planned, hidden, another = (make_movie() for _ in range(7))
    make_favorite(user=viewer, movie=favourite)
    make_rating(user=viewer, movie=rated, score=1)
    WatchEntry.objects.create(user=viewer, movie=watched, progress=80)
    WatchEntry.objects.create(user=viewer, movie=watched, progress=3)
    WatchEntry.objects.create(user=viewer, movie=begun, progress=79)
    WatchlistEntry.objects.create(user=viewer, movie=planned)
    NotInterested.objects.create(user=viewer, movie=hidden)
    NotInterested.objects.create(user=viewer, person=make_credit(another).person)

    told = {
        film["id"]: {name for name, value in film["me"].items() if value}
        for film in viewer_client.get(f"{API}movies/").json()["results"]
    }

    assert told == {
        favourite.pk: {"favorite"},
        rated.pk: {"rating"},
        watched.pk: {"watched"},
        begun.pk: set(),
        planned.pk: {"watchlisted"},
        hidden.pk: {"hidden"},
        another.pk: set(),
    }


def test_no_film_in_the_document_lacks_it() -> None:
    schemas = SchemaGenerator().get_schema(public=True)["components"]["schemas"]
    films = {
        name: schema
        for name, schema in schemas.items()
        if "vote_average" in schema.get("properties", {})
    }

    assert {"MovieOutput", "MovieDetailOutput", "CreditedFilmOutput"} <= films.keys()
    for schema in films.values():
        me = schema["properties"]["me"]
        assert "me" in schema["required"]
        assert me["nullable"] is True
        assert me["allOf"] == [{"$ref": "#/components/schemas/MovieStateOutput"}]
        assert me["description"] == "What you did with the film; null where nobody is signed in."


def test_caches_on_the_way_are_told_whose_an_answer_is(
    viewer_client: APIClient, client: APIClient
) -> None:
    own, nobodys = viewer_client.get("/api/v1/movies/"), client.get("/api/v1/movies/")

    assert "Authorization" in own["Vary"]
    assert own["Cache-Control"] == "private, no-cache"
    assert "Authorization" in nobodys["Vary"]
    assert nobodys["Cache-Control"] == "public, max-age=60"
