"""What is suggested while a viewer types."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.apps.api import refused
from tests.apps.films import index_films, make_credit, make_person
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

SUGGESTIONS = "/api/v1/movies/suggestions/"


def suggested(client: APIClient, q: str, **parameters: object) -> dict[str, Any]:
    response = client.get(SUGGESTIONS, {"q": q} | parameters)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def titles(body: dict[str, Any]) -> list[str]:
    return [film["title"] for film in body["results"]]


def test_each_letter_more_leads_nearer(client: APIClient) -> None:
    for title, votes in (("Alien", 9_000), ("Alien³", 3_000), ("Aladdin", 8_000), ("Up", 100)):
        make_movie(title=title, vote_count=votes)
    index_films()

    typed = {q: titles(suggested(client, q)) for q in ("a", "al", "ali", "alien", "alien 3")}

    assert typed["a"] == typed["al"] == ["Alien", "Aladdin", "Alien³"]
    assert typed["ali"] == ["Alien", "Alien³"]
    assert typed["alien"] == ["Alien", "Alien³"]
    assert typed["alien 3"][0] == "Alien³"


@pytest.mark.parametrize("name", ["blade runner", "keanu reeves", "potter and the goblet"])
def test_no_letter_more_loses_the_film(client: APIClient, name: str) -> None:
    films = {
        "blade runner": make_movie(title="Blade Runner", vote_count=9_000),
        "keanu reeves": make_movie(title="The Matrix", vote_count=9_000),
        "potter and the goblet": make_movie(title="Harry Potter and the Goblet", vote_count=9_000),
    }
    keanu = make_person(name="Keanu Reeves")
    make_credit(films["keanu reeves"], person=keanu, position=0)
    # Unknown films are near to what is typed.
    for title in ("Keano", "Reaves", "Blame", "Runer", "Pottery", "Goblin", "Rune", "Bade"):
        make_movie(title=title)
    index_films()

    for end in range(2, len(name) + 1):
        body = suggested(client, name[:end])
        assert films[name].title in titles(body), name[:end]
        assert body["corrected_query"] is None, name[:end]


def test_a_suggestion_has_little_and_says_why_it_is_one(client: APIClient) -> None:
    film = make_movie(title="Alien", year=1979, tmdb_id=348, poster_path="/alien.jpg")
    make_credit(film, person=make_person(name="Ridley Scott"), is_cast=False, job="Director")
    index_films()

    body = suggested(client, "ridley")

    assert body == {
        "corrected_query": None,
        "results": [
            {
                "id": film.pk,
                "tmdb_id": 348,
                "title": "Alien",
                "year": 1979,
                "poster_url": "https://image.tmdb.org/t/p/w500/alien.jpg",
                "match": {
                    "field": "person",
                    "parts": [
                        {"text": "Ridley", "is_match": True},
                        {"text": " Scott", "is_match": False},
                    ],
                },
            }
        ],
    }


def test_typing_errors_are_corrected(client: APIClient) -> None:
    make_movie(title="The Matrix", vote_count=25_000)
    index_films()

    body = suggested(client, "matrxi")

    assert (body["corrected_query"], titles(body)) == ("matrix", ["The Matrix"])


def test_there_are_as_many_as_are_asked_for(client: APIClient) -> None:
    for number in range(25):
        make_movie(title=f"Alien {number}")
    index_films()

    assert len(suggested(client, "alien")["results"]) == 8
    assert len(suggested(client, "alien", limit=20)["results"]) == 20


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("", "invalid", "q"),
        ("?q=", "invalid", "q"),
        ("?q=%20", "invalid", "q"),
        (f"?q={'a' * 101}", "invalid", "q"),
        ("?q=a&limit=21", "invalid", "limit"),
        ("?q=a&page=2", "unknown_parameter", "allowed"),
        ("?q=a&fields=title", "unknown_parameter", "allowed"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_by_name(
    client: APIClient, query: str, code: str, named: str
) -> None:
    error = refused(client.get(f"{SUGGESTIONS}{query}"), 400, code)

    assert list(error["details"]) == [named]
