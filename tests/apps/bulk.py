"""Requests that tell many events at once, as tests send and read them."""

import json
from typing import Any

from rest_framework.test import APIClient

from apps.movies.models import Movie

BULK = "/api/v1/library/bulk/"


def tell(client: APIClient, *events: Any, **fields: Any) -> Any:
    return send(client, {"events": list(events), **fields})


def send(client: APIClient, body: Any, **headers: str) -> Any:
    """Escapes what UTF-8 cannot carry, which the test client's own renderer does not."""
    return client.generic(
        "POST", BULK, json.dumps(body), content_type="application/json", headers=headers
    )


def told(client: APIClient, *events: Any, **fields: Any) -> dict[str, Any]:
    """The answer to a request that is taken."""
    response = tell(client, *events, **fields)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    assert body.keys() == {"taste_revision", "counts", "results"}
    assert [result["index"] for result in body["results"]] == list(range(len(events)))
    return body


def outcomes(body: dict[str, Any]) -> list[str]:
    return [result["outcome"] for result in body["results"]]


def ids(body: dict[str, Any]) -> list[int | None]:
    return [result["id"] for result in body["results"]]


def errors(body: dict[str, Any]) -> list[tuple[str, str | None] | None]:
    """The code and the field of each event's error."""
    found = [result["error"] for result in body["results"]]
    return [error and (error["code"], error["field"]) for error in found]


def rating(movie: Movie, score: Any = 8, **fields: Any) -> dict[str, Any]:
    return {"kind": "rating", "movie_id": movie.pk, "score": score, **fields}


def watch(movie: Movie, **fields: Any) -> dict[str, Any]:
    return {"kind": "watch", "movie_id": movie.pk, **fields}
