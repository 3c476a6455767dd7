from drf_spectacular.utils import OpenApiExample

from apps.movies.examples import MOVIE

QUESTIONS = OpenApiExample(
    "questions",
    value={
        "answered": 3,
        "enough": 10,
        "is_enough": False,
        "revision": 5,
        "current_revision": 5,
        "results": [{"movie": MOVIE, "source": "answers"}],
    },
    response_only=True,
    status_codes=["200"],
)
SKIPPED = OpenApiExample(
    "skipped",
    value={
        "id": 12,
        "movie_id": 7,
        "created_at": "2026-11-22T15:30:00Z",
        "taste_revision": 6,
    },
    response_only=True,
    status_codes=["200", "201"],
)
