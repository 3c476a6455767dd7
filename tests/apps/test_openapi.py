import json
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

METHODS_WITH_BODY = {"post", "put"}


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


def test_every_body_and_every_answer_has_an_example(schema: dict[str, Any]) -> None:
    for method, operation in operations(schema):
        parts = [*operation["responses"].values()]
        if method in METHODS_WITH_BODY:
            parts.append(operation["requestBody"])
        for part in parts:
            assert part["content"]["application/json"]["examples"], operation["operationId"]


def test_every_operation_names_the_errors_it_can_answer(schema: dict[str, Any]) -> None:
    for method, operation in operations(schema):
        statuses = {int(status) for status in operation["responses"]}
        if {"jwtAuth": []} in operation.get("security", []):
            assert 401 in statuses, operation["operationId"]
        if method in METHODS_WITH_BODY:
            assert {400, 413, 415} <= statuses, operation["operationId"]
        for status in statuses - {200, 201}:
            content = operation["responses"][str(status)]["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/ErrorOutput"}


def test_every_body_is_said_to_refuse_unknown_fields(schema: dict[str, Any]) -> None:
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for method, operation in operations(schema)
        if method in METHODS_WITH_BODY
    }

    components = {name.rpartition("/")[2] for name in bodies}
    assert len(components) == 6
    for component in components:
        assert schema["components"]["schemas"][component]["additionalProperties"] is False


def test_a_film_is_said_to_be_named_by_exactly_one_id(schema: dict[str, Any]) -> None:
    exactly_one = [{"required": ["movie_id"]}, {"required": ["tmdb_id"]}]

    said = {
        name: component["oneOf"]
        for name, component in schema["components"]["schemas"].items()
        if "oneOf" in component
    }
    assert said == {"FavoriteInputRequest": exactly_one, "RatingInputRequest": exactly_one}


def test_only_private_operations_are_said_to_need_a_token(schema: dict[str, Any]) -> None:
    for _, operation in operations(schema):
        is_open = set(operation["tags"]) & {"auth", "movies"}
        expected = [] if is_open else [{"jwtAuth": []}]
        assert operation.get("security", []) == expected, operation["operationId"]


def test_an_empty_cursor_is_said_to_be_none(schema: dict[str, Any]) -> None:
    parameters = schema["paths"]["/api/v1/recommendations/"]["get"]["parameters"]

    cursor = next(parameter for parameter in parameters if parameter["name"] == "cursor")
    assert cursor["schema"] == {"type": "string", "minLength": 1}


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
