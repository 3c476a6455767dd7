from drf_spectacular.utils import OpenApiExample

EVENTS = OpenApiExample(
    "events",
    value={
        "events": [
            {"type": "impression", "movie_id": 42, "list_id": 9001, "surface": "list"},
            {
                "type": "click",
                "movie_id": 43,
                "list_id": 9001,
                "surface": "home",
                "row": "for-you",
                "at": "2026-11-22T15:30:00Z",
            },
            {"type": "impression", "movie_id": 7, "list_id": 12, "surface": "list"},
        ]
    },
    request_only=True,
)
RECORDED = OpenApiExample(
    "recorded",
    value={
        "is_recorded": True,
        "recorded": 2,
        "ignored": [{"index": 2, "reason": "unknown_list"}],
    },
    response_only=True,
    status_codes=["200"],
)
NOT_RECORDED = OpenApiExample(
    "private",
    value={"is_recorded": False, "recorded": 0, "ignored": []},
    response_only=True,
    status_codes=["200"],
)
FEEDBACK = OpenApiExample(
    "like",
    value={"movie_id": 42, "feedback": "like", "list_id": 9001},
    request_only=True,
)
FEEDBACK_GIVEN = OpenApiExample(
    "liked",
    value={
        "movie_id": 42,
        "feedback": "like",
        "outcome": "created",
        "kind": "rating",
        "id": 310,
        "score": 8,
        "is_attributed": True,
        "taste_revision": 8,
    },
    response_only=True,
    status_codes=["201"],
)
FEEDBACK_UNCHANGED = OpenApiExample(
    "said already",
    value=FEEDBACK_GIVEN.value | {"outcome": "unchanged", "score": 9},
    response_only=True,
    status_codes=["200"],
)
