"""The OpenAPI document says which answers have a tag, and that whoever holds one is told so; and
which of them depend on languages.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from pytest_django import DjangoDbBlocker

from tests.apps.operations import API, World, caller_of, documented, make_world, request_of
from tests.made_once import made_once

pytestmark = pytest.mark.django_db

READS = sorted(operation for operation in documented() if operation.startswith("GET "))
# A web process opens no streams.
STREAM = "GET recommendations/events/"
# The first answer to these is 202; a worker makes what the next ones are.
MADE_LATER = {read for read in READS if read.endswith(("/why/", "/why-not/"))}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with made_once(django_db_blocker, make_world) as world:
        yield world


@pytest.fixture(scope="module")
def schema() -> Any:
    return SchemaGenerator().get_schema(public=True)


def read_of(schema: Any, operation: str) -> Any:
    path = operation.removeprefix("GET ")
    return schema["paths"][f"{API}{path}"]["get"]


def headers_of(read: Any) -> set[str]:
    """Those that a request may have."""
    return {each["name"] for each in read.get("parameters", []) if each["in"] == "header"}


@pytest.mark.parametrize("operation", [read for read in READS if read not in {STREAM, *MADE_LATER}])
def test_a_read_has_a_tag_where_its_document_says_so(
    world: World, schema: Any, operation: str
) -> None:
    read = read_of(schema, operation)

    answer = request_of(world, operation)(caller_of(world, operation))

    assert answer.status_code == 200
    told = "ETag" in read["responses"]["200"]["headers"]
    assert told == ("ETag" in answer)
    assert told == ("304" in read["responses"]) == ("If-None-Match" in headers_of(read))


@pytest.mark.parametrize("operation", [read for read in READS if read not in {STREAM, *MADE_LATER}])
def test_a_read_depends_on_languages_where_its_document_says_so(
    world: World, schema: Any, operation: str
) -> None:
    read = read_of(schema, operation)

    answer = request_of(world, operation)(caller_of(world, operation))

    told = "Content-Language" in read["responses"]["200"]["headers"]
    assert told == ("Accept-Language" in headers_of(read))
    assert told == ("Accept-Language" in answer["Vary"])


@pytest.mark.parametrize("operation", sorted(MADE_LATER))
def test_what_is_made_later_has_none_until_then(world: World, schema: Any, operation: str) -> None:
    responses = read_of(schema, operation)["responses"]

    answer = request_of(world, operation)(caller_of(world, operation))

    assert answer.status_code == 202
    assert "ETag" not in answer
    assert "ETag" not in responses["202"]["headers"]
    assert "ETag" in responses["200"]["headers"]


def test_what_is_not_to_be_kept_and_streams_have_none(schema: Any) -> None:
    for operation in ("GET auth/profile/", "GET auth/sessions/", STREAM):
        read = read_of(schema, operation)

        assert "304" not in read["responses"]
        assert "ETag" not in read["responses"]["200"].get("headers", {})


def test_a_304_has_the_headers_of_any_other_answer(schema: Any) -> None:
    answer = read_of(schema, "GET movies/{id}/")["responses"]["304"]

    assert "content" not in answer
    assert answer["headers"].keys() >= {"ETag", "X-RateLimit-Remaining", "X-Request-ID"}
