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
