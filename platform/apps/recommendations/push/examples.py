from drf_spectacular.utils import OpenApiExample

STREAM = OpenApiExample(
    "events",
    value=(
        "retry: 3000\n\n"
        "event: list\n"
        "id: 12-9001-3-7\n"
        'data: {"list_id":9001,"revision":12,"generation_id":3,'
        '"generated_at":"2026-11-22T15:30:00.120000Z"}\n\n'
        ":\n\n"
        "event: sync\n"
        "id: 12-9001-3-8\n"
        'data: {"sync_id":8,"kind":"changes","finished_at":"2026-11-22T15:31:02Z"}\n\n'
    ),
    response_only=True,
    status_codes=["200"],
    media_type="text/event-stream",
)
TICKET = OpenApiExample(
    "ticket",
    value={
        "ticket": "Zt2Gk0m8yQ4bq1nq7o0gq2gqv0q3o1h5s9aV6bXc7dE",
        "expires_in": 30,
        "url": "https://nexus.example/api/v1/recommendations/events/"
        "?ticket=Zt2Gk0m8yQ4bq1nq7o0gq2gqv0q3o1h5s9aV6bXc7dE",
    },
    response_only=True,
    status_codes=["201"],
)
