import pytest
from rest_framework.test import APIClient

from apps.core.pagination import MAX_PAGE
from tests.apps.api import refused
from tests.apps.query_counts import captured_queries
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

MOVIES = "/api/v1/movies/"


def test_pages_link_to_each_other_and_hold_each_film_once(client: APIClient) -> None:
    movies = [make_movie(popularity=1) for _ in range(5)]

    pages, url = [], f"{MOVIES}?page_size=2&year=1999"
    while url:
        pages.append(client.get(url).json())
        url = pages[-1]["next"]

    ids = [[movie["id"] for movie in page["results"]] for page in pages]
    assert ids == [[m.pk for m in movies[:2]], [m.pk for m in movies[2:4]], [movies[4].pk]]
    assert pages[0]["next"] == "http://testserver/api/v1/movies/?page=2&page_size=2&year=1999"
    assert [page["previous"] for page in pages] == [
        None,
        "http://testserver/api/v1/movies/?page_size=2&year=1999",
        "http://testserver/api/v1/movies/?page=2&page_size=2&year=1999",
    ]


def test_a_full_last_page_has_no_next(client: APIClient) -> None:
    for _ in range(4):
        make_movie()

    assert client.get(f"{MOVIES}?page_size=4").json()["next"] is None


def test_a_page_holds_20_rows_by_default_and_100_at_most(client: APIClient) -> None:
    for _ in range(101):
        make_movie()

    assert len(client.get(MOVIES).json()["results"]) == 20
    assert len(client.get(f"{MOVIES}?page_size=100").json()["results"]) == 100


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.5", "٣", "1001", "9" * 5000, "%00"])
def test_an_impossible_page_is_refused_with_its_range(
    client: APIClient, name: str, value: str
) -> None:
    error = refused(client.get(f"{MOVIES}?{name}={value}"), 400, "invalid")

    maximum = {"page": 1000, "page_size": 100}[name]
    assert error["details"] == {
        name: [{"code": "invalid", "message": f"A whole number from 1 to {maximum}."}]
    }


def test_the_first_page_of_nothing_is_empty_and_a_later_one_is_not_found(
    client: APIClient,
) -> None:
    assert client.get(MOVIES).json() == {"next": None, "previous": None, "results": []}
    refused(client.get(f"{MOVIES}?page=2"), 404, "page_not_found")
    refused(client.get(f"{MOVIES}?page={MAX_PAGE}"), 404, "page_not_found")


def test_no_list_counts_its_rows(client: APIClient) -> None:
    make_movie()

    with captured_queries() as statements:
        client.get(MOVIES)

    assert not [sql for sql in statements if "COUNT(" in sql.upper()]
