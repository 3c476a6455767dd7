from drf_spectacular.utils import OpenApiExample

_SHOWN = {
    "impressions": 120,
    "clicks": 9,
    "click_rate": 0.075,
    "films": 80,
    "clicked": 8,
    "saved": 5,
    "liked": 3,
    "watched": 4,
    "hits": 12,
    "hit_rate": 0.15,
}
_SOURCES = {"personal": 190, "similar": 8, "trending": 0, "popular": 0, "explored": 2}
OWN_STATS = OpenApiExample(
    "own",
    value={
        "scope": "own",
        "list": {
            "list_id": 9001,
            "generated_at": "2026-11-22T15:30:00.100000Z",
            "age_seconds": 5400.5,
            "revision": 6,
            "is_stale": False,
            "films": 200,
            "sources": _SOURCES,
        },
        "lists_kept": 3,
        "current_revision": 6,
        "since": "2026-10-23T17:00:00.600000Z",
        "shown": _SHOWN,
    },
    response_only=True,
    status_codes=["200"],
)
GLOBAL_STATS = OpenApiExample(
    "global",
    value={
        "scope": "global",
        "computed_at": "2026-11-22T16:50:00.100000Z",
        "age_seconds": 600.5,
        "stats": {
            "generation": {
                "id": 12,
                "model_version_id": 9,
                "activated_at": "2026-11-22T03:10:00.100000Z",
                "viewers_with_list": 950,
                "viewers_without_personal": 12,
                "median_age_seconds": 49000.0,
                "p95_age_seconds": 49190.0,
                "sources": _SOURCES,
                "fallback_share": 0.0,
            },
            "viewers": 1000,
            "waiting": {"realtime": 1, "next_generation": 0},
            "shown": {
                "since": "2026-10-23T16:50:00.100000Z",
                "all": _SHOWN,
                "by_source": [{"source": "personal"} | _SHOWN],
            },
        },
    },
    response_only=True,
    status_codes=["200"],
)
