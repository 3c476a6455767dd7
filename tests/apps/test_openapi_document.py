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
LARGEST_BYTES = 500_000
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
