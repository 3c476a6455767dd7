"""The committed OpenAPI document is what the code says, so that a review shows each change."""

import json
from difflib import unified_diff
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from apps.core.errors import ErrorCode

DOCUMENT = Path(settings.ROOT, "docs", "openapi.json")
LARGEST_BYTES = 1_400_000
SHOWN_LINES = 60


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    output = StringIO()
    call_command("spectacular", format="openapi-json", stdout=output)
    generated: dict[str, Any] = json.loads(output.getvalue())
    return generated


def test_the_committed_document_is_the_one_that_the_code_gives(document: dict[str, Any]) -> None:
    generated = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    committed = DOCUMENT.read_text(encoding="utf-8")

    lines = unified_diff(
        committed.splitlines(), generated.splitlines(), "committed", "generated", lineterm="", n=2
    )
    changes = "\n".join(list(lines)[:SHOWN_LINES])
    assert committed == generated, f"Run `make schema` and review what changes:\n{changes}"
    assert len(generated.encode()) < LARGEST_BYTES


def test_the_document_introduces_itself(document: dict[str, Any]) -> None:
    info = document["info"]

    assert info["license"]["name"] == "MIT"
    assert info["contact"]["name"]
    assert document["servers"] == [{"url": "/", "description": "This platform."}]
    for heading in ("Tokens", "Errors", "Pages", "Rate limits", "Request ids", "Versions"):
        assert f"\n## {heading}\n" in info["description"]


def test_every_error_code_is_explained_once(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["CodeEnum"]["enum"] == [error.value for error in ErrorCode]
    lines = schemas["ErrorBodyOutput"]["properties"]["code"]["description"].splitlines()
    for error in ErrorCode:
        assert f"* `{error.value}` - {int(error.status)}: {error.message}" in lines


def test_every_parameter_and_every_answer_is_described(document: dict[str, Any]) -> None:
    operations = [
        operation for methods in document["paths"].values() for operation in methods.values()
    ]

    for operation in operations:
        for parameter in operation.get("parameters", []):
            assert parameter["in"] == "path" or parameter["description"], operation["operationId"]
        for response in operation["responses"].values():
            assert response["description"], operation["operationId"]
            assert "X-Request-ID" in response["headers"], operation["operationId"]


def test_a_body_without_a_required_field_is_required_all_the_same(
    document: dict[str, Any],
) -> None:
    assert document["paths"]["/api/v1/favorites/"]["post"]["requestBody"]["required"] is True


def test_a_change_says_that_it_changes_something(document: dict[str, Any]) -> None:
    change = document["paths"]["/api/v1/watch-history/{id}/"]["patch"]["requestBody"]

    assert change["required"] is True
    assert document["components"]["schemas"]["PatchedWatchChangeInputRequest"]["minProperties"] == 1


WITH_DETAILS = {
    *("invalid", "unknown_field", "unknown_parameter", "rating_out_of_range", "bulk_refused"),
}


def test_examples_of_errors_name_fields_and_parameters_of_their_operation(
    document: dict[str, Any],
) -> None:
    seen = set()
    for operation in (o for methods in document["paths"].values() for o in methods.values()):
        query = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
        named = query | _fields_of_body(document, operation)
        for error in _errors_in_examples(operation):
            code, details = error["code"], error["details"]
            assert bool(details) == (code in WITH_DETAILS), operation["operationId"]
            seen.add(code)
            if code == "unknown_parameter":
                assert details == {"allowed": sorted(query)}, operation["operationId"]
                continue
            if code == "bulk_refused":
                assert [len(problems) for problems in details.values()] == [1]
                continue
            for field, problems in details.items():
                assert field in named or code == "unknown_field", operation["operationId"]
                assert all(problem.keys() == {"code", "message"} for problem in problems)
    assert seen >= WITH_DETAILS


def _fields_of_body(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    if "requestBody" not in operation:
        return set()
    schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return set(document["components"]["schemas"][schema.rpartition("/")[2]]["properties"])


def _errors_in_examples(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        example["value"]["error"]
        for status, response in operation["responses"].items()
        if status >= "400"
        for example in response["content"]["application/json"]["examples"].values()
    ]


def test_no_text_in_an_address_is_of_any_length(document: dict[str, Any]) -> None:
    """The web server answers 414 where an address is too long, and no operation names that."""
    endless = [
        (operation["operationId"], parameter["name"])
        for path in document["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and not _is_bounded(parameter["schema"])
    ]

    assert endless == []


def _is_bounded(schema: dict[str, Any]) -> bool:
    if schema["type"] == "array":
        return "maxItems" in schema and _is_bounded(schema["items"])
    if schema["type"] == "string" and "pattern" in schema:
        return not {"*", "+"} & set(schema["pattern"])
    return schema["type"] != "string" or bool({"enum", "maxLength", "format"} & schema.keys())
