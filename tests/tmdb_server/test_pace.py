"""The limit of requests in a second, and the log from which a client's pace is judged."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tmdb_server import StandIn
from tests.tmdb_server.answers import Answer
from tests.tmdb_server.arrivals import Arrivals, most_in_one_second
from tests.tmdb_server.catalogue import Catalogue
from tests.tmdb_server.connections import Request
from tests.tmdb_server.export import Export
from tests.tmdb_server.rate_limit import SlidingLimit
from tests.tmdb_server.service import Service
from tests.tmdb_server.sources import read_records

from .conftest import Client

Ask = Callable[..., Answer]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Sends the request of a moment to a service of two in a second."""
    catalogue = Catalogue(read_records(None))
    service = Service(catalogue, Export(catalogue, tmp_path), Arrivals(), token="t", rate=2)

    def answer(path: str, at: float, *, method: str = "GET", body: bytes = b"") -> Answer:
        headers = {"authorization": "Bearer t"}
        given = service.handle(
            Request(method=method, path=path, query={}, headers=headers, arrived_at=at, body=body)
        )
        assert isinstance(given, Answer)
        return given

    return answer


def test_the_limit_holds_in_every_second_wherever_it_begins() -> None:
    limit = SlidingLimit(2)

    admitted = [limit.admits(at) for at in (0.0, 0.75, 0.875, 1.0, 1.5, 1.75, 1.875)]

    assert admitted == [True, True, False, True, False, True, False]
    assert all(SlidingLimit(0).admits(0.0) for _ in range(100))


def test_a_request_over_the_limit_is_told_when_to_come_again(ask: Ask) -> None:
    ask("/3/movie/238", 0.0)
    ask("/3/movie/11", 0.1)

    refused = ask("/3/movie/13", 0.2)
    healed = ask("/3/movie/13", 1.0)

    assert refused.status == 429
    assert refused.headers["Retry-After"] == "1"
    assert json.loads(refused.body) == {
        "success": False,
        "status_code": 25,
        "status_message": "Your request count (3) is over the allowed limit of 2.",
    }
    assert healed.status == 200


@pytest.mark.parametrize(("value", "header"), [(None, None), ("0", "0"), ("soon", "soon")])
def test_the_header_of_a_refusal_can_be_chosen(
    value: str | None, header: str | None, ask: Ask
) -> None:
    settings = json.dumps({"rate": 1, "retry_after": value}).encode()
    assert ask("/stand-in/settings", 0.0, method="POST", body=settings).status == 200
    ask("/3/movie/238", 0.0)

    assert ask("/3/movie/238", 0.0).headers.get("Retry-After") == header


def test_the_summary_is_of_the_api_alone(ask: Ask) -> None:
    for path, at in (
        ("/3/movie/238", 0.0),
        ("/3/movie/238", 0.5),
        ("/3/movie/11", 0.6),
        ("/3/movie/1", 3.0),
        ("/3/movie/popular", 4.0),
    ):
        ask(path, at)

    assert json.loads(ask("/stand-in/summary", 9.0).body) == {
        "total": 5,
        "seconds": 4.0,
        "mean_rate": 1.0,
        "max_in_one_second": 3,
        "by_status": {"200": 3, "404": 1, "429": 1},
        "titles": 1,
        "fetched_twice": {"238": 2},
        "exports": 0,
    }


def test_the_most_in_a_second_is_exact() -> None:
    assert most_in_one_second([]) == 0
    assert most_in_one_second([1.0, 2.0, 3.0]) == 1
    assert most_in_one_second([0.0, 0.6, 0.7, 1.5, 1.59, 1.65, 9.0]) == 4


def test_arrivals_are_told_in_their_order_without_the_credential(
    tmdb: StandIn, client: Client
) -> None:
    client.get("/movie/238", api_key="wrong", language="de", headers={"Authorization": None})
    client.get("/movie/11")

    first, second = tmdb.arrivals()

    assert (first.method, first.path, first.query) == ("GET", "/3/movie/238", "language=de")
    assert (first.status, first.has_credential) == (401, False)
    assert (second.path, second.status, second.has_credential) == ("/3/movie/11", 200, True)
    assert first.at < second.at
    tmdb.forget_arrivals()
    assert tmdb.summary()["total"] == 0
