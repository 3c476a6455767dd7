from drf_spectacular.utils import OpenApiExample

from apps.movies.examples import MOVIE

_ITEM = {
    "movie": MOVIE,
    "score": 1.73,
    "source": "personal",
    "reason": {
        "text": "Because you liked Blade Runner",
        "because": [{"movie_id": 7, "title": "Blade Runner", "contribution": 0.412}],
    },
}

HOME = OpenApiExample(
    "home",
    value={
        "list_id": 9001,
        "generated_at": "2026-11-22T15:30:00.100000Z",
        "revision": 6,
        "current_revision": 6,
        "is_stale": False,
        "made_at": "2026-11-22T15:31:00.100000Z",
        "rows": [
            {
                "key": "because_you_liked-7",
                "kind": "because_you_liked",
                "title": "Because you liked Blade Runner",
                "params": {"movie_id": 7, "title": "Blade Runner"},
                "source": "personal",
                "list_id": 9001,
                "results": [_ITEM],
            }
        ],
        "is_cached": True,
    },
    response_only=True,
    status_codes=["200"],
)
