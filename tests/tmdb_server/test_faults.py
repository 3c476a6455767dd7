"""What can be made to go wrong."""

import gzip
import io
from datetime import UTC, datetime

import pytest
import requests

from tests.tmdb_server import StandIn, faults
from tests.tmdb_server.export import path_of
from tests.tmdb_server.faults import Fault

from .conftest import Client

FIGHT = "/3/movie/238"


def export_name() -> str:
    return path_of(datetime.now(UTC).date()).rpartition("/")[2]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (faults.credential_refused(), 401, 7),
        (faults.title_gone(238), 404, 34),
        (faults.rate_limited(), 429, 25),
        (faults.maintenance(), 503, 46),
        (faults.error(43), 502, 43),
        (faults.error(44), 500, 44),
    ],
)
def test_errors_have_tmdb_s_own_body(
    fault: Fault, status: int, code: int, tmdb: StandIn, client: Client
) -> None:
    tmdb.faults(fault)

    answer = client.get("/movie/238")

    assert (answer.status_code, answer.json()["status_code"]) == (status, code)
    assert answer.json()["success"] is False


@pytest.mark.parametrize("value", ["3", "0", "86400000", "soon", "-1"])
def test_retry_after_can_be_anything_and_absent(value: str, tmdb: StandIn, client: Client) -> None:
    tmdb.faults(faults.rate_limited(retry_after=value), faults.rate_limited())

    assert client.get("/movie/238").headers["Retry-After"] == value
    assert "Retry-After" not in client.get("/movie/238").headers
    assert client.get("/movie/238").status_code == 200


def test_a_gateway_answers_in_html(tmdb: StandIn, client: Client) -> None:
    tmdb.faults(faults.gateway_timeout(), faults.html_instead_of_json())

    timeout, portal = client.get("/movie/238"), client.get("/movie/238")

    assert (timeout.status_code, portal.status_code) == (504, 200)
    assert timeout.headers["Content-Type"] == portal.headers["Content-Type"] == "text/html"
    assert timeout.text.startswith("<html>")


def test_a_body_can_end_half_way(tmdb: StandIn, client: Client) -> None:
    tmdb.faults(faults.truncated(FIGHT))

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.get("/movie/238")
    assert client.get("/movie/238").status_code == 200


def test_a_connection_can_end_without_a_word(tmdb: StandIn, client: Client) -> None:
    tmdb.faults(faults.reset(FIGHT))

    with pytest.raises(requests.ConnectionError):
        client.get("/movie/238")


def test_a_slow_answer_keeps_nobody_else_waiting(tmdb: StandIn, client: Client) -> None:
    tmdb.faults(faults.slow(FIGHT, seconds=60))

    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{tmdb.url}/movie/238", timeout=0.05)
    assert client.get("/movie/11").status_code == 200


def test_there_can_be_more_pages_than_may_be_asked_for(tmdb: StandIn, client: Client) -> None:
    tmdb.faults(faults.too_many_pages("/3/movie/popular"))

    assert client.json("/movie/popular", page=500)["total_pages"] == 38_020
    refused = client.get("/movie/popular", page=501)
    assert (refused.status_code, refused.json()["status_code"]) == (400, 22)


def test_fields_of_rows_can_be_unknown(tmdb: StandIn, client: Client) -> None:
    tmdb.faults(
        faults.adult_unknown("/3/movie/popular"),
        faults.no_release_dates("/3/movie/upcoming"),
    )

    popular, upcoming = client.json("/movie/popular"), client.json("/movie/upcoming")

    assert {row["adult"] for row in popular["results"]} == {None}
    assert {row["release_date"] for row in upcoming["results"]} == {""}


def test_a_changed_body_is_sent_to_who_knows_the_true_one(tmdb: StandIn, client: Client) -> None:
    tag = client.get("/movie/popular").headers["ETag"]
    tmdb.faults(faults.empty_list("/3/movie/popular"))

    answer = client.get("/movie/popular", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.json()["results"]) == (200, [])
    assert "ETag" not in answer.headers


def test_all_changes_can_be_on_one_page_whose_totals_say_one(tmdb: StandIn, client: Client) -> None:
    tmdb.faults(faults.unreliable_totals(range(1, 2_688)))

    page = client.json("/movie/changes")

    assert [row["id"] for row in page["results"]] == list(range(1, 2_688))
    assert (page["total_pages"], page["total_results"]) == (1, 1)
    assert None in [row["adult"] for row in page["results"]]


def test_a_row_can_be_on_two_pages(tmdb: StandIn, client: Client) -> None:
    true = client.json("/movie/popular", page=2)["results"]
    tmdb.faults(faults.row_on_two_pages("/3/movie/popular"))

    first = client.json("/movie/popular", page=1)["results"]
    second = client.json("/movie/popular", page=2)["results"]

    assert second == [first[-1], *true[1:]]


def test_a_title_can_disappear_between_list_and_details(tmdb: StandIn, client: Client) -> None:
    listed = client.json("/movie/popular")["results"][3]["id"]
    tmdb.faults(faults.title_gone(listed))

    assert client.get(f"/movie/{listed}").status_code == 404
    assert client.json("/movie/popular")["results"][3]["id"] == listed


@pytest.mark.parametrize("status", [403, 404])
def test_an_export_can_be_missing(status: int, tmdb: StandIn, client: Client) -> None:
    tmdb.faults(faults.export_missing(status=status))

    assert client.export(export_name()).status_code == status
    assert client.get("/movie/238").status_code == 200


def test_an_export_can_end_half_way(tmdb: StandIn, client: Client) -> None:
    whole = client.export(export_name()).content
    tmdb.faults(faults.export_truncated())

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.export(export_name())
    assert gzip.GzipFile(fileobj=io.BytesIO(whole)).read(9) == b'{"adult":'


def test_a_fault_waits_for_its_turn_and_ends(tmdb: StandIn, client: Client) -> None:
    fault = faults.maintenance("/3/movie/*", times=2)
    fault.skip = 1
    tmdb.faults(fault)

    statuses = [client.get(f"/movie/{n}").status_code for n in (238, 11, 278, 13)]

    assert statuses == [200, 503, 503, 200]
    assert client.get("/genre/movie/list").status_code == 200
    assert [left["times"] for left in tmdb.faults_left()] == [0]


def test_a_fault_can_be_of_a_query(tmdb: StandIn, client: Client) -> None:
    tmdb.faults(faults.maintenance("/3/movie/popular?page=3", times=None))

    statuses = [client.get("/movie/popular", page=page).status_code for page in (1, 2, 3, 3)]

    assert statuses == [200, 200, 503, 503]


def test_faults_can_be_asked_for_by_name_and_nonsense_is_refused(
    tmdb: StandIn, client: Client
) -> None:
    address = tmdb.url.replace("/3", "/stand-in/faults")

    named = requests.post(address, json=[{"name": "maintenance", "match": FIGHT}], timeout=5)
    refused = [
        requests.post(address, json=[wrong], timeout=5).status_code
        for wrong in ({"name": "bad luck"}, {"kind": "odd"}, {"statsu": 500}, 7)
    ]

    assert named.status_code == 200
    assert refused == [400] * 4
    assert client.get("/movie/238").status_code == 503
    assert len(tmdb.faults_left()) == 1
