from drf_spectacular.utils import OpenApiExample

from apps.movies.examples import MOVIE

PAGE = OpenApiExample(
    "page",
    value={
        "list_id": 9001,
        "source": "personal",
        "generated_at": "2026-11-22T15:30:00.100000Z",
        "revision": 6,
        "current_revision": 6,
        "is_stale": False,
        "next": "https://nexus.example/api/v1/recommendations/?cursor=WyJsaXN0Iiw5…&limit=20",
        "results": [
            {
                "movie": MOVIE,
                "score": 1.73,
                "source": "personal",
                "reason": {
                    "text": "Because you liked Blade Runner",
                    "because": [{"movie_id": 7, "title": "Blade Runner", "contribution": 0.412}],
                },
            }
        ],
    },
    response_only=True,
    status_codes=["200"],
)
WAITING = OpenApiExample(
    "waiting",
    value={
        "min_revision": 7,
        "revision": 6,
        "current_revision": 7,
        "estimated_ms": 140,
        "reason": "waiting",
    },
    response_only=True,
    status_codes=["202"],
)
REFRESH = OpenApiExample(
    "asked for",
    value={"taste_revision": 7},
    response_only=True,
    status_codes=["202"],
)
