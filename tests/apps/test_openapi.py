import json
import re
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from apps.core.documentation import rendered_document

METHODS_WITH_BODY = {"post", "put", "patch"}
# They act on what the access token names, or on the address alone.
WITHOUT_BODY = {
    *("recommendation_refresh", "recommendation_stream_ticket", "auth_logout_all"),
    "experiment_start",
}
# What has no body of JSON: nothing, a redirect, a stream.
PLAIN = {"204", "304", "307"}
ERRORS_FROM = 400


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    # A client gets the JSON document, so the test reads that one.
    document: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(public=True)))
    return document


def operations(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (method, operation)
        for methods in schema["paths"].values()
        for method, operation in methods.items()
    ]


def test_the_document_is_valid_and_made_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema"))


def test_every_operation_is_summarised_described_and_tagged(schema: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in schema["tags"]}

    for _, operation in operations(schema):
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) <= tags


def takes_body(method: str, operation: dict[str, Any]) -> bool:
    return method in METHODS_WITH_BODY and operation["operationId"] not in WITHOUT_BODY


def test_those_that_change_something_say_what_they_take(schema: dict[str, Any]) -> None:
    for method, operation in operations(schema):
        assert ("requestBody" in operation) == takes_body(method, operation)
        if takes_body(method, operation):
            assert operation["requestBody"]["content"].keys() == {"application/json"}


def test_every_body_and_every_answer_has_an_example(schema: dict[str, Any]) -> None:
    for _, operation in operations(schema):
        answers = operation["responses"].items()
        parts = [answer for status, answer in answers if status not in PLAIN]
        if "requestBody" in operation:
            parts.append(operation["requestBody"])
        for part in parts:
            if "text/event-stream" not in part["content"]:
                assert part["content"]["application/json"]["examples"], operation["operationId"]


def test_an_answer_without_content_says_so_and_what_it_means(schema: dict[str, Any]) -> None:
    for _, operation in operations(schema):
        if answer := operation["responses"].get("204"):
            assert answer.keys() <= {"description", "headers"}, operation["operationId"]
            assert answer["description"] != "No response body"


def test_every_operation_names_the_errors_it_can_answer(schema: dict[str, Any]) -> None:
    for method, operation in operations(schema):
        statuses = {int(status) for status in operation["responses"]}
        if operation.get("security"):
            assert 401 in statuses, operation["operationId"]
        if takes_body(method, operation):
            assert {400, 413, 415} <= statuses, operation["operationId"]
        for status in {status for status in statuses if status >= ERRORS_FROM}:
            content = operation["responses"][str(status)]["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ErrorOutput"}


def test_every_body_is_said_to_refuse_unknown_fields(schema: dict[str, Any]) -> None:
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for _, operation in operations(schema)
        if "requestBody" in operation
    }

    components = {name.rpartition("/")[2] for name in bodies}
    assert components
    for component in components:
        assert schema["components"]["schemas"][component]["additionalProperties"] is False


def test_a_body_is_said_to_name_its_subject_by_exactly_one_id(schema: dict[str, Any]) -> None:
    film = [{"required": ["movie_id"]}, {"required": ["tmdb_id"]}]
    subject = [*film, {"required": ["person_id"]}, {"required": ["genre_id"]}]

    said = {
        name.removesuffix("InputRequest"): component["oneOf"]
        for name, component in schema["components"]["schemas"].items()
        if name.endswith("InputRequest") and "oneOf" in component
    }
    of_films = ("Favorite", "Rating", "Watch", "Watchlist")
    of_film_events = [f"{name}Event" for name in of_films]
    by_film = [*of_films, *of_film_events, "Feedback", "Skip"]
    assert said == dict.fromkeys(by_film, film) | dict.fromkeys(
        ["NotInterested", "NotInterestedEvent"], subject
    )


def test_each_event_of_many_is_said_to_be_of_one_kind(schema: dict[str, Any]) -> None:
    schemas = schema["components"]["schemas"]
    said = {}
    for kind, reference in schemas["BulkEventRequest"]["discriminator"]["mapping"].items():
        properties = schemas[reference.rpartition("/")[2]]["properties"]
        said[kind] = schemas[properties["kind"]["$ref"].rpartition("/")[2]]

    kinds = ("rating", "favorite", "watch", "watchlist", "not_interested")
    assert said == {kind: {"enum": [kind], "type": "string"} for kind in kinds}


def test_the_access_token_is_the_one_way_in_but_for_streams(schema: dict[str, Any]) -> None:
    scheme = schema["components"]["securitySchemes"]

    assert scheme.keys() == {"accessToken", "streamTicket"}
    ticket = scheme["streamTicket"]
    assert (ticket["type"], ticket["in"], ticket["name"]) == ("apiKey", "query", "ticket")
    assert (scheme["accessToken"]["type"], scheme["accessToken"]["scheme"]) == ("http", "bearer")
    assert scheme["accessToken"]["description"]
    allowed = ([], [{"accessToken": []}], [{"accessToken": []}, {}])
    for _, operation in operations(schema):
        if operation["operationId"] != "recommendation_stream":
            assert operation.get("security", []) in allowed


def test_an_empty_cursor_is_said_to_be_none(schema: dict[str, Any]) -> None:
    parameters = schema["paths"]["/api/v1/recommendations/"]["get"]["parameters"]

    cursor = next(parameter for parameter in parameters if parameter["name"] == "cursor")
    assert cursor["schema"]["type"] == "string"
    assert re.search(cursor["schema"]["pattern"], "") is None


def test_the_document_is_made_once_and_not_sent_to_who_has_it(client: APIClient) -> None:
    url = "/api/schema/"
    rendered_document.cache_clear()

    first, second = client.get(url), client.get(url)
    known = client.get(url, headers={"If-None-Match": first["ETag"]})
    other = client.get(url, headers={"If-None-Match": '"of an earlier version"'})

    assert rendered_document.cache_info().misses == 1
    assert first.content == second.content == other.content
    assert first["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert first["Cache-Control"] == known["Cache-Control"] == "no-cache"
    assert not first["ETag"].startswith("W/")
    assert (known.status_code, known.content) == (304, b"")
    assert known["ETag"] == first["ETag"]


def test_pages_of_the_documentation_come_from_this_host(client: APIClient) -> None:
    document = client.get("/api/schema/")
    assert document.status_code == 200
    assert json.loads(document.content)["openapi"].startswith("3.")

    for page in ("/api/schema/swagger-ui/", "/api/schema/redoc/"):
        response = client.get(page)
        html = response.content.decode()
        assert response.status_code == 200
        assert "/static/drf_spectacular_sidecar/" in html
        assert "//cdn." not in html
        assert "https://" not in html
