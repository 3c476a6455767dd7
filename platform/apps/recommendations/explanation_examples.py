"""What the OpenAPI document shows of explanations."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_BLADE_RUNNER = {"movie_id": 7, "title": "Blade Runner", "rating": 9, "favorite": False}
_ROBOCOP = {"movie_id": 9, "title": "RoboCop", "rating": 2, "favorite": False}


def _answer(name: str, value: dict[str, Any], status: str) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


EXPLAINING = _answer(
    "explaining",
    {"revision": 6, "current_revision": 6, "estimated_ms": None, "reason": "explaining"},
    "202",
)
WHY = _answer(
    "why",
    {
        "list_id": 9001,
        "revision": 6,
        "movie_id": 42,
        "title": "Alien",
        "place": 1,
        "score": 1.73,
        "source": "personal",
        "text": "Because you liked Blade Runner",
        "because": [_BLADE_RUNNER | {"contribution": 1.21, "share": 1.0}],
        "contributions": [
            _BLADE_RUNNER | {"contribution": 1.21},
            _ROBOCOP | {"contribution": -0.08},
        ],
        "others": {"films": 0, "contribution": 0.0},
        "constants": {"normalisation": -0.2, "popularity": 0.8, "rounding": 0.0},
        "counterfactuals": [
            {
                "movie_id": 7,
                "title": "Blade Runner",
                "text": "Without your 9 for Blade Runner",
                "place": 14,
                "score": 0.9,
            }
        ],
    },
    "200",
)
WHY_NOT = _answer(
    "why not",
    {
        "user_id": 12,
        "list_id": 9001,
        "revision": 6,
        "movie_id": 43,
        "title": "Aliens",
        "is_listed": True,
        "fell_out": "diversity",
        "excluded_by": [],
        "rank": 4,
        "by_relevance": 6,
        "reranked": 31,
        "place": 31,
        "passed_by": {"place": 6, "movie_id": 44, "title": "Solaris"},
        "settings": {"diversity": 1.0, "page": 20, "half_life": None, "this_year": 2026},
    },
    "200",
)
