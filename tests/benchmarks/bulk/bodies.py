"""The requests that are measured: ratings of as many films, each with its moment."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

SIZES = (10, 100, 1_000)
_BEGAN = datetime(2026, 1, 1, 20, 15, tzinfo=UTC)


def events(movie_ids: Sequence[int], *, later: int) -> list[dict[str, Any]]:
    """Each `later` is another score, a day after the one before."""
    return [
        {
            "kind": "rating",
            "movie_id": movie_id,
            "score": 1 + (number + later) % 10,
            "rated_at": (_BEGAN + timedelta(days=later, minutes=number)).isoformat(),
        }
        for number, movie_id in enumerate(movie_ids)
    ]


def body(movie_ids: Sequence[int], *, later: int, on_error: str) -> bytes:
    return json.dumps({"on_error": on_error, "events": events(movie_ids, later=later)}).encode()
