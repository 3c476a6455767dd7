"""Whatever is filtered, the API answers the films that the plain-Python model finds."""

import random
from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from apps.users.models import User
from tests.apps.api import client_of, refused

from .catalogue import WORD
from .drawing import FILTERS, ODD, Drawn, draw_combination, draw_filter, draw_ordering
from .model import ORDERINGS, matching
from .rows import Catalogue

pytestmark = pytest.mark.django_db

MOVIES = "/api/v1/movies/"
SEARCH = f"{MOVIES}search/"
SEEDS = range(20)
COMBINATIONS = 10
VALUES = 15


@pytest.fixture
def clients(catalogue: Catalogue, client: APIClient) -> dict[bool, APIClient]:
    """By whether somebody is signed in."""
    return {False: client, True: client_of(catalogue.viewer)}


def asked(
    clients: dict[bool, APIClient],
    parameters: Drawn,
    *,
    path: str = MOVIES,
    signed_in: bool = False,
) -> list[int]:
    """The ids of all pages, in their order."""
    client = clients[signed_in or parameters.get("hide_seen") == "true"]
    sent = parameters | {"page_size": "100", "fields": "id"}
    response = client.get(path, sent)
    ids: list[int] = []
    while True:
        assert response.status_code == 200, (parameters, response.content)
        page = response.json()
        ids += [film["id"] for film in page["results"]]
        if page["next"] is None:
            return ids
        response = client.get(page["next"])


def expected(catalogue: Catalogue, parameters: Drawn) -> list[int]:
    if datetime.now(UTC).date() != catalogue.today:
        pytest.skip("Midnight has passed since the films were made, so others are released.")
    return matching(catalogue.films, parameters, catalogue.today, catalogue.seen)


def check(catalogue: Catalogue, clients: dict[bool, APIClient], parameters: Drawn) -> list[int]:
    answered, right = asked(clients, parameters), expected(catalogue, parameters)
    assert answered == right, parameters
    return answered


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_alone(catalogue: Catalogue, clients: dict[bool, APIClient], name: str) -> None:
    rng = random.Random(name)
    everything = check(catalogue, clients, {})
    drawn = [draw_filter(name, catalogue.films, rng) for _ in range(VALUES)]

    found = [check(catalogue, clients, each) for each in (*drawn, *ODD.get(name, ()))]

    assert any(0 < len(each) < len(everything) for each in found)


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_an_ordering_alone(
    catalogue: Catalogue, clients: dict[bool, APIClient], ordering: str
) -> None:
    assert check(catalogue, clients, {"ordering": ordering})


@pytest.mark.parametrize("seed", SEEDS)
def test_combinations_in_any_order(
    catalogue: Catalogue, clients: dict[bool, APIClient], seed: int
) -> None:
    rng = random.Random(seed)
    drawn = [
        draw_combination(catalogue.films, rng) | draw_ordering(rng) for _ in range(COMBINATIONS)
    ]

    found = [check(catalogue, clients, each) for each in drawn]

    assert sum(bool(each) for each in found) >= COMBINATIONS / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_search_among_the_films_of_filters(
    catalogue: Catalogue, clients: dict[bool, APIClient], seed: int
) -> None:
    rng = random.Random(seed)
    of_word = [film for film in catalogue.films if film.title.startswith(WORD)]
    drawn = [draw_combination(of_word, rng, but={"title"}) for _ in range(COMBINATIONS)]
    words = {"q": WORD.lower(), "correct": "false"}

    found = [asked(clients, each | words, path=SEARCH) for each in drawn]

    for each, answered in zip(drawn, found, strict=True):
        right = expected(catalogue, each | {"title": WORD})
        assert sorted(answered) == sorted(right), each
    assert sum(bool(each) for each in found) >= COMBINATIONS / 2


def test_a_search_that_corrects_words_keeps_to_the_filters(
    catalogue: Catalogue, clients: dict[bool, APIClient]
) -> None:
    rng = random.Random(9)
    for q in ("comte", "zebar", "comet", "tulpi"):
        for _ in range(COMBINATIONS):
            drawn = draw_combination(catalogue.films, rng, but={"title"})

            answered = asked(clients, drawn | {"q": q}, path=SEARCH)

            assert set(answered) <= set(expected(catalogue, drawn)), (q, drawn)


def test_nothing_is_hidden_of_what_another_viewer_has_seen(
    catalogue: Catalogue, clients: dict[bool, APIClient]
) -> None:
    everything = asked(clients, {})

    assert asked(clients, {"hide_seen": "false"}) == everything
    hidden = asked(clients, {"hide_seen": "true"})
    assert set(everything) - set(hidden) == catalogue.seen & set(everything) != set()
    refused(clients[False].get(MOVIES, {"hide_seen": "true"}), 401, "not_authenticated")
    words = {"q": WORD, "hide_seen": "true"}
    refused(clients[False].get(SEARCH, words), 401, "not_authenticated")


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_films_for_adults_in_every_order(
    catalogue: Catalogue, clients: dict[bool, APIClient], ordering: str
) -> None:
    for_all = check(catalogue, clients, {"ordering": ordering})
    with_adult = check(catalogue, clients, {"ordering": ordering, "include_adult": "true"})

    assert set(for_all) < set(with_adult)
    assert [movie_id for movie_id in with_adult if movie_id in set(for_all)] == for_all


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_a_profile_asks_for_films_for_adults_unless_the_request_says_otherwise(
    catalogue: Catalogue, clients: dict[bool, APIClient], seed: int
) -> None:
    User.objects.filter(pk=catalogue.viewer.pk).update(include_adult=True)
    rng = random.Random(seed)
    for _ in range(COMBINATIONS):
        drawn = draw_combination(catalogue.films, rng) | draw_ordering(rng)
        right = expected(catalogue, {"include_adult": "true"} | drawn)

        assert asked(clients, drawn, signed_in=True) == right, drawn


@pytest.mark.parametrize("path", [MOVIES, SEARCH])
@pytest.mark.parametrize(
    "parameters",
    [
        {"genre": "none"},
        {"genre_any": "drama,none"},
        {"certification": "PG"},
        {"certification_country": "US"},
        {"provider": "8"},
        {"offer": "rent"},
        {"region": "US", "offer": "stream"},
        *(
            {f"{name}_min": most, f"{name}_max": least}
            for name, least, most in (
                *(("year", "1999", "2000"), ("vote_average", "7.4", "7.5")),
                *(("vote_count", "1", "2"), ("runtime", "90", "91")),
            )
        ),
        *({name: ",".join(map(str, range(501, 512)))} for name in ("keyword", "person")),
        {"vote_average_min": "10.1"},
        {"released": "maybe"},
        {"include_adult": "1"},
    ],
)
def test_what_cannot_be_meant_is_refused(
    catalogue: Catalogue, clients: dict[bool, APIClient], path: str, parameters: Drawn
) -> None:
    response = clients[False].get(path, parameters | ({"q": WORD} if path == SEARCH else {}))

    refused(response, 400, "invalid")
