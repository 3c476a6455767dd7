"""What the OpenAPI document shows of experiments."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_VARIANTS: list[dict[str, Any]] = [
    {"name": "control", "share": 490, "is_control": True, "kind": "pipeline", "pipeline": {}},
    {
        "name": "less-popular",
        "share": 490,
        "is_control": False,
        "kind": "pipeline",
        "pipeline": {"popularity_debias": 0.6},
    },
    {"name": "holdback", "share": 20, "is_control": False, "kind": "popularity", "pipeline": {}},
]
_DRAFT: dict[str, Any] = {
    "name": "rarer-films",
    "description": "Do viewers open more films if popular ones are held back more?",
    "state": "draft",
    "metric": "clicks",
    "effect": 0.1,
    "max_days": 28,
    "salt": "rarer-films",
    "requested_by": 1,
    "created_at": "2026-11-22T15:30:00.000000Z",
    "started_at": None,
    "stopped_at": None,
    "stop_reason": "",
    "variants": _VARIANTS,
}
_STARTED = _DRAFT | {"state": "running", "started_at": "2026-11-22T15:40:00.000000Z"}
_NOTHING = {"total": 0, "value": None, "difference": None, "p": 1.0}


def _compared(total: int, value: float, *, p: float | None = None, **difference: Any) -> Any:
    return {"total": total, "value": value, "difference": difference or None, "p": p}


_REPORT: dict[str, Any] = {
    "taken_at": "2026-12-06T02:40:03.000000Z",
    "alpha": 0.025,
    "mismatch_p": 0.44,
    "is_mismatched": False,
    "variants": [
        {
            "name": "control",
            "viewers": 4_902,
            "impressions": 412_310,
            "verdict": "control",
            "metrics": {
                "clicks": _compared(32_985, 0.08),
                "saves": _compared(5_883, 1.2),
                "ratings": _compared(4_412, 0.9),
                "liked": _compared(3_089, 0.7),
            },
        },
        {
            "name": "less-popular",
            "viewers": 4_871,
            "impressions": 409_164,
            "verdict": "better",
            "metrics": {
                "clicks": _compared(
                    36_007,
                    0.088,
                    p=0.0004,
                    estimate=0.008,
                    relative=0.1,
                    interval={"low": 0.0047, "high": 0.0113},
                    always_valid_interval={"low": 0.0023, "high": 0.0137},
                ),
                "saves": _compared(6_041, 1.24, p=1.0),
                "ratings": _compared(4_433, 0.91, p=1.0),
                "liked": _compared(3_147, 0.71, p=1.0),
            },
        },
        {
            "name": "holdback",
            "viewers": 201,
            "impressions": 16_020,
            "verdict": "too_little",
            "metrics": dict.fromkeys(("clicks", "saves", "ratings", "liked"), _NOTHING),
        },
    ],
}


def _answer(value: dict[str, Any], status: str) -> OpenApiExample:
    return OpenApiExample("experiment", value=value, response_only=True, status_codes=[status])


LISTED = _answer(_STARTED, "200")
NOTED = _answer(_DRAFT | {"report": None}, "201")
FOUND = _answer(_STARTED | {"report": _REPORT}, "200")
STARTED = _answer(_STARTED | {"report": None}, "202")
STOPPED = _answer(
    _STARTED
    | {
        "state": "stopped",
        "stopped_at": "2026-12-06T09:00:00.000000Z",
        "stop_reason": "It is better.",
        "report": None,
    },
    "202",
)
BODY = OpenApiExample(
    "experiment",
    value={
        "name": "rarer-films",
        "description": _DRAFT["description"],
        "variants": [
            {"name": "control", "share": 490, "is_control": True},
            {"name": "less-popular", "share": 490, "pipeline": {"popularity_debias": 0.6}},
            {"name": "holdback", "share": 20, "kind": "popularity"},
        ],
    },
    request_only=True,
)
STOP = OpenApiExample("stop", value={"reason": "It is better."}, request_only=True)
