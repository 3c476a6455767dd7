"""What the OpenAPI document shows for the statistics of a library."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from apps.movies.examples import GENRE

_HISTOGRAM = {str(score): 0 for score in range(1, 11)} | {"8": 1, "9": 2}
_DIRECTOR: dict[str, Any] = {"id": 578, "name": "Ridley Scott", "films": 2, "mean_score": 8.5}
_ACTOR: dict[str, Any] = {"id": 10205, "name": "Sigourney Weaver", "films": 2, "mean_score": 9.0}
_MONTHS = [f"2025-{month}" for month in ("12",)] + [f"2026-{month:02}" for month in range(1, 12)]

LIBRARY_STATS = OpenApiExample(
    "library",
    value={
        "counts": {
            "ratings": 3,
            "favorites": 1,
            "films_watched": 2,
            "viewings": 3,
            "watchlist": 4,
            "not_interested": 0,
        },
        "scores": {"mean": 8.67, "median": 9.0, "histogram": _HISTOGRAM},
        "genres": [{"films": 2, "mean_score": 8.5} | GENRE],
        "decades": [
            {"films": 2, "mean_score": 9.0, "decade": 1970},
            {"films": 1, "mean_score": None, "decade": None},
        ],
        "people": {"directors": [_DIRECTOR], "actors": [_ACTOR]},
        "watch_time": {
            "minutes": 327.6,
            "hours": 5.5,
            "unknown_runtimes": {"films": 1, "named": [{"id": 77, "title": "Memory"}]},
        },
        "streaks": {
            "current": {"days": 2, "first_day": "2026-11-21", "last_day": "2026-11-22"},
            "longest": {"days": 3, "first_day": "2026-03-01", "last_day": "2026-03-03"},
        },
        "activity": [
            {"month": month, "viewings": int(month == "2026-11"), "ratings": 0} for month in _MONTHS
        ],
    },
    response_only=True,
    status_codes=["200"],
)
