"""Requests about recommendations that were shown, and the statistics that workers make of them."""

import time
from typing import Any

from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.drawing import Call, Drawing
from tests.benchmarks.viewer_library.viewer_rows import LIST_LENGTH, OPERATOR

# A page, and the most that a request may tell.
PAGE = 20


def tell_events(count: int) -> Any:
    """Of new impressions: those that are there already are of the other surface."""

    def make(draw: Drawing, viewer: int) -> Call:
        list_id, movie_ids = draw.own_list(viewer)
        first = draw.rng.randrange(LIST_LENGTH - count + 1)
        events = [
            {"type": "impression", "movie_id": movie_id, "list_id": list_id, "surface": "home"}
            for movie_id in movie_ids[first : first + count]
        ]
        return Call(
            method="POST",
            path="recommendations/events/",
            body={"events": events},
            headers=draw.bearer(viewer),
        )

    return make


def give_feedback(draw: Drawing, viewer: int) -> Call:
    list_id, movie_ids = draw.own_list(viewer)
    said = {"movie_id": draw.rng.choice(movie_ids), "feedback": "like", "list_id": list_id}
    return Call(
        method="POST", path="recommendations/feedback/", body=said, headers=draw.bearer(viewer)
    )


def read_global_stats(draw: Drawing, _viewer: int) -> Call:
    return Call(
        method="GET",
        path="recommendations/stats/",
        params={"scope": "global"},
        headers=draw.bearer(OPERATOR),
    )


def time_global_stats() -> float:
    """How many seconds a worker takes for the statistics of all viewers, in this process."""
    from django.utils import timezone

    from services.recommendations.statistics import compute_stats

    began = time.monotonic()
    compute_stats(clock=timezone.now)
    seconds = round(time.monotonic() - began, 2)
    say(f"Computed the statistics of all viewers in {seconds} s.")
    return seconds
