"""What a saved search cannot be: refused by name, and nothing is written."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.favorites.models import SavedSearch
from apps.movies.views.kept_parameters import LONGEST_PATH
from tests.apps.api import everything_written, refused
from tests.factories import make_genre

pytestmark = pytest.mark.django_db

SAVED = "/api/v1/saved-searches/"
LISTED = {"genre": "horror", "ordering": "-vote_average"}


@pytest.fixture(autouse=True)
def genre(db: None) -> None:
    make_genre("Horror")


def send(client: APIClient, method: str, url: str, body: Any) -> Any:
    """As JSON of ASCII, which can tell of half a surrogate pair."""
    return client.generic(method, url, json.dumps(body), content_type="application/json")


def save(client: APIClient, name: Any = "Mine", **parameters: Any) -> Any:
    return send(client, "POST", SAVED, {"name": name, "parameters": parameters or LISTED})


def change(client: APIClient, pk: int, **changes: Any) -> Any:
    return send(client, "PATCH", f"{SAVED}{pk}/", changes)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "blank"),
        (" \t", "blank"),
        ("a" * 101, "max_length"),
        ("a\x00", "null_characters_not_allowed"),
        ("\ud800", "surrogate_characters_not_allowed"),
        (None, "null"),
        (7, "invalid"),
        (["a"], "invalid"),
    ],
)
def test_a_name_that_cannot_be_is_refused(viewer_client: APIClient, name: Any, code: str) -> None:
    kept = save(viewer_client).json()
    before = everything_written()

    for response in (
        save(viewer_client, name),
        change(viewer_client, kept["id"], name=name),
    ):
        details = refused(response, 400, "invalid")["details"]
        assert [each["code"] for each in details["name"]] == [code]
    assert everything_written() == before


def test_the_longest_name_is_counted_without_what_stands_around(viewer_client: APIClient) -> None:
    assert save(viewer_client, f" {'é' * 100} ").json()["name"] == "é" * 100


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"genre": "no-such"}, {"genre"}),
        ({"genre": ""}, {"genre"}),
        ({"year": 1999}, {"year"}),
        ({"year": None}, {"year"}),
        ({"year": ["1999"]}, {"year"}),
        ({"year": "+1999"}, {"year"}),
        ({"year_min": "2000", "year_max": "1990"}, {"year_min"}),
        ({"vote_average_min": "11", "runtime_max": "0"}, {"vote_average_min", "runtime_max"}),
        ({"language": "EN"}, {"language"}),
        ({"keyword": ",".join(map(str, range(11)))}, {"keyword"}),
        ({"released": "yes"}, {"released"}),
        ({"hide_seen": "1"}, {"hide_seen"}),
        ({"provider": "8"}, {"region"}),
        ({"certification": "PG"}, {"certification_country"}),
        ({"certification_country": "US"}, {"certification"}),
        ({"title": "a"}, {"title"}),
        ({"title": "a\x00b"}, {"title"}),
        ({"title": "a\ud800b"}, {"title"}),
        ({"q": "a" * 101}, {"q"}),
        ({"q": "  "}, {"q"}),
        ({"q": "alien", "correct": "no"}, {"correct"}),
    ],
)
def test_each_parameter_that_its_endpoint_would_refuse_is_named(
    viewer_client: APIClient, parameters: dict[str, Any], named: set[str]
) -> None:
    kept = save(viewer_client, "Kept").json()
    before = everything_written()

    for response in (
        save(viewer_client, **parameters),
        change(viewer_client, kept["id"], parameters=parameters),
    ):
        details = refused(response, 400, "invalid")["details"]
        assert details.keys() == {"parameters"}
        assert details["parameters"].keys() == named
    assert everything_written() == before


@pytest.mark.parametrize(
    "parameters",
    [
        {"page": "2"},
        {"page_size": "5", "q": "alien"},
        {"fields": "id"},
        {"Genre": "horror"},
        {"\ud800\x00": "horror"},
        {"x" * 99_999: "horror"},
        {"q": "alien", "ordering": "title"},
        {"q": "alien", "title": "alien"},
        {"correct": "false"},
        {"genre": "horror", "user": "1"},
    ],
)
def test_what_the_endpoint_does_not_know_is_refused(
    viewer_client: APIClient, parameters: dict[str, str]
) -> None:
    before = everything_written()

    error = refused(save(viewer_client, **parameters), 400, "unknown_parameter")

    (problem,) = error["details"]["parameters"]
    assert "is no parameter of" in problem["message"]
    assert everything_written() == before


def test_an_unknown_ordering_is_refused_as_by_the_list(viewer_client: APIClient) -> None:
    error = refused(save(viewer_client, ordering="best"), 400, "unknown_parameter")

    assert error["details"]["parameters"].keys() == {"ordering"}


@pytest.mark.parametrize("parameters", [{}, [], "q=alien", None, 7])
def test_parameters_are_an_object_with_something_in_it(
    viewer_client: APIClient, parameters: Any
) -> None:
    response = viewer_client.post(SAVED, {"name": "Mine", "parameters": parameters})

    assert refused(response, 400, "invalid")["details"].keys() == {"parameters"}
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ({}, "invalid", {"name", "parameters"}),
        ({"name": "", "parameters": {"year": "x"}}, "invalid", {"name", "parameters"}),
        ({"name": "a", "parameters": LISTED, "user": 1}, "unknown_field", {"non_field_errors"}),
        ({"name": "a", "parameters": LISTED, "path": "/"}, "unknown_field", {"non_field_errors"}),
        ([], "invalid", {"non_field_errors"}),
    ],
)
def test_all_that_is_wrong_with_a_body_is_told(
    viewer_client: APIClient, body: Any, code: str, named: set[str]
) -> None:
    assert refused(viewer_client.post(SAVED, body), 400, code)["details"].keys() == named
    assert not SavedSearch.objects.exists()


def test_a_change_changes_something(viewer_client: APIClient) -> None:
    kept = save(viewer_client).json()

    refused(change(viewer_client, kept["id"]), 400, "invalid")


def test_an_address_that_no_server_reads_is_not_kept(viewer_client: APIClient) -> None:
    ids = ",".join(["7"] * (LONGEST_PATH // 2))
    longest = ids[: LONGEST_PATH - len("/api/v1/movies/?person=")]

    details = refused(save(viewer_client, person=ids), 400, "invalid")["details"]

    (problem,) = details["parameters"]
    assert problem["message"] == "More than 3,000 characters as an address."
    assert len(save(viewer_client, person=longest).json()["path"]) == LONGEST_PATH
