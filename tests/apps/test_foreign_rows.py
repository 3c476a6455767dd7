"""Other people's rows do not exist, whatever is done to them by whom.

Made from the URLconf: an address with an id that `tests/apps/operations.py` does not know fails.
"""

import json
import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.apps.api import client_of, everything_written, refused
from tests.apps.operations import (
    API,
    BODIES,
    IDS,
    OPERATED_IDS,
    OWNED_IDS,
    PUBLIC_IDS,
    World,
    routed,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITH_IDS = {path: methods for path, methods in routed().items() if "{" in path}
MATRIX = [(method, path) for path in sorted(WITH_IDS) if path in OWNED_IDS for method in METHODS]


def test_it_is_known_of_every_id_in_an_address_whose_row_it_names() -> None:
    unknown = sorted(WITH_IDS.keys() - IDS.keys())

    assert not unknown, f"add to OWNED_IDS or its kin of tests/apps/operations.py: {unknown}"
    assert IDS.keys() == WITH_IDS.keys()
    assert len(IDS) == len(OWNED_IDS) + len(PUBLIC_IDS) + len(OPERATED_IDS)


def test_every_address_but_those_of_operators_has_at_most_one_id() -> None:
    """The owner of the only id is the owner of the row."""
    assert [path for path in WITH_IDS.keys() - OPERATED_IDS.keys() if path.count("{") > 1] == []


def send(client: APIClient, world: World, method: str, path: str) -> Any:
    url = API + re.sub(r"\{\w+\}", str(OWNED_IDS[path](world)), path)
    body = BODIES.get(f"{method} {path}", lambda _: {})(world)
    return client.generic(method, url, json.dumps(body), content_type="application/json")


@pytest.mark.parametrize("is_admin", [False, True], ids=["stranger", "admin"])
@pytest.mark.parametrize(("method", "path"), MATRIX)
def test_anothers_row_is_not_found_by_any_method(
    world: World, method: str, path: str, *, is_admin: bool
) -> None:
    client = client_of(make_user(is_staff=is_admin, is_superuser=is_admin))
    before = everything_written()

    response = send(client, world, method, path)

    if method in WITH_IDS[path]:
        refused(response, 404, "not_found")
    else:
        refused(response, 405, "method_not_allowed")
    assert everything_written() == before


@pytest.mark.parametrize(("method", "path"), MATRIX)
def test_its_owner_finds_it_by_the_same_request(world: World, method: str, path: str) -> None:
    response = send(client_of(world.viewer), world, method, path)

    assert response.status_code in ((200, 202, 204) if method in WITH_IDS[path] else (405,))


@pytest.mark.parametrize("path", sorted(OWNED_IDS))
def test_asking_for_the_head_tells_no_more_than_asking_for_the_row(world: World, path: str) -> None:
    client = client_of(make_user())

    response = send(client, world, "HEAD", path)

    assert response.status_code == send(client, world, "GET", path).status_code
    assert response.status_code in (404, 405)


def test_a_row_that_is_not_there_is_answered_like_anothers(world: World) -> None:
    client = client_of(make_user())
    for method, path in MATRIX:
        if method in WITH_IDS[path]:
            foreign = send(client, world, method, path)
            url = API + re.sub(r"\{\w+\}", _nothing(OWNED_IDS[path](world)), path)
            body = json.dumps(BODIES.get(f"{method} {path}", lambda _: {})(world))
            absent = client.generic(method, url, body, content_type="application/json")
            assert _without_request_id(foreign) == _without_request_id(absent)


def _nothing(pk: object) -> str:
    return "1000000007" if isinstance(pk, int) else "00000000-0000-4000-8000-000000000000"


def _without_request_id(response: Any) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    return {name: value for name, value in error.items() if name != "request_id"}
