import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.apps.api import refused
from tests.apps.films import make_credit, make_person
from tests.apps.query_counts import captured_queries
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

PEOPLE = "/api/v1/people/"
IMAGES = "https://image.tmdb.org/t/p"


def test_a_person_is_shown_with_the_films_that_lists_show(client: APIClient) -> None:
    person = make_person(
        id=7,
        name="Ridley Scott",
        original_name="Sir Ridley Scott",
        known_for_department="Directing",
        profile_path="/scott.jpg",
    )
    alien = make_movie(title="Alien", tmdb_id=348, poster_path="/alien.jpg", vote_count=9)
    make_credit(alien, person=person, is_cast=False, department="Directing", job="Director")
    make_credit(alien, person=person, character="Himself")
    for hidden in (make_movie(adult=True), make_movie(tombstoned_at=timezone.now())):
        make_credit(hidden, person=person)
    make_credit(make_movie())

    film = {
        "id": alien.pk,
        "tmdb_id": 348,
        "title": "Alien",
        "release_date": None,
        "year": 1999,
        "poster_url": f"{IMAGES}/w500/alien.jpg",
        "vote_average": None,
        "vote_count": 9,
        "me": None,
    }
    assert client.get(f"{PEOPLE}7/").json() == {
        "id": 7,
        "name": "Ridley Scott",
        "original_name": "Sir Ridley Scott",
        "known_for_department": "Directing",
        "profile": {
            "small": f"{IMAGES}/w45/scott.jpg",
            "medium": f"{IMAGES}/w185/scott.jpg",
            "large": f"{IMAGES}/h632/scott.jpg",
            "original": f"{IMAGES}/original/scott.jpg",
        },
        "cast": [{"movie": film, "character": "Himself"}],
        "crew": [{"movie": film, "department": "Directing", "job": "Director"}],
        "attribution": "This product uses the TMDB API but is not endorsed or certified by TMDB.",
    }


def test_films_with_the_most_votes_come_first_and_are_at_most_a_hundred(
    client: APIClient,
) -> None:
    person = make_person()
    for votes in range(102):
        make_credit(make_movie(vote_count=votes), person=person)
    client.get(f"{PEOPLE}{person.pk}/")

    with captured_queries() as statements:
        cast = client.get(f"{PEOPLE}{person.pk}/").json()["cast"]

    assert [part["movie"]["vote_count"] for part in cast] == list(range(101, 1, -1))
    # The person, cast, crew; versions of their films, and the films, which tests do not keep.
    assert len(statements) == 5


@pytest.mark.parametrize("person_id", ["0", "404", "9223372036854775808", "9" * 400])
def test_a_person_who_is_not_there_is_not_found(client: APIClient, person_id: str) -> None:
    refused(client.get(f"{PEOPLE}{person_id}/"), 404, "person_not_found")


def test_a_person_takes_no_other_parameters(client: APIClient) -> None:
    response = client.get(f"{PEOPLE}{make_person().pk}/?page=2")

    assert refused(response, 400, "unknown_parameter")["details"] == {"allowed": ["include_adult"]}
