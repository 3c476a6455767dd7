"""Examples in the OpenAPI document agree with themselves: a film's state with its surroundings."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from apps.favorites.querysets import WATCHED_PROGRESS

Row = dict[str, Any]

# By the tag of an operation: what a row of its answers says of the film that it names.
SAID: dict[str, Callable[[Row], Row]] = {
    "favorites": lambda _: {"favorite": True},
    "ratings": lambda row: {"rating": row["score"]},
    "watch-history": lambda row: {"watched": row["progress"] >= WATCHED_PROGRESS},
    "watchlist": lambda _: {"watchlisted": True},
    "not-interested": lambda _: {"hidden": True},
    "recommendations": lambda _: {
        "favorite": False,
        "rating": None,
        "watched": False,
        "hidden": False,
    },
}


@pytest.fixture(scope="module")
def operations() -> list[dict[str, Any]]:
    document = json.loads(json.dumps(SchemaGenerator().get_schema(public=True)))
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def answers(operation: dict[str, Any]) -> Iterator[Any]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            for content in response.get("content", {}).values():
                yield from (example["value"] for example in content["examples"].values())


def rows_about_films(answer: Any) -> Iterator[Row]:
    if isinstance(answer, list):
        for part in answer:
            yield from rows_about_films(part)
    elif isinstance(answer, dict):
        if (answer.get("movie") or {}).get("me"):
            yield answer
        else:
            yield from rows_about_films(list(answer.values()))


@pytest.mark.parametrize("tag", SAID)
def test_the_state_of_a_film_is_what_the_row_says(
    operations: list[dict[str, Any]], tag: str
) -> None:
    rows = [
        (operation["operationId"], row)
        for operation in operations
        if tag in operation["tags"]
        for answer in answers(operation)
        for row in rows_about_films(answer)
    ]

    assert rows
    for name, row in rows:
        state = row["movie"]["me"]
        assert state == state | SAID[tag](row), name


@pytest.mark.parametrize("kind", ["favorite", "rating", "watchlist"])
def test_the_ids_of_a_state_are_those_of_what_is_there(
    operations: list[dict[str, Any]], kind: str
) -> None:
    (operation,) = (each for each in operations if each["operationId"] == "library_states")
    states = [state for answer in answers(operation) for state in answer["results"]]

    told = {"watchlist": "watchlisted"}.get(kind, kind)
    assert states
    assert [bool(state[told]) for state in states] == [
        state[f"{kind}_id"] is not None for state in states
    ]
