"""What the OpenAPI document shows of generations."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_LISTS: dict[str, Any] = {
    "count": 6040,
    "films": 2871,
    "film_share": 0.73956723,
    "fallback_share": 0.0,
    "unpersonal_share": 0.0,
}
_BUILT: dict[str, Any] = {
    "id": 42,
    "model_version": 17,
    "state": "ready",
    "publish": False,
    "refusal": "Of the first 20 films of 5,988 viewers who wrote nothing meanwhile, 71.3% are "
    "others than in generation 41; RECOMMENDER_MAX_CHURN allows 40.0%.",
    "gate": "The configuration passed. The model is trained with it.",
    "progress": 1.0,
    "shard_count": 13,
    "shards_done": 13,
    "user_count": 6040,
    "list_count": 6040,
    "difference": {
        "base": 41,
        "compared": 6040,
        "overlap": 0.28655421,
        "same_taste": 5988,
        "churn": 0.71301269,
        "churn_exemption": "",
        "lists": _LISTS,
        "base_lists": _LISTS | {"films": 2904, "film_share": 0.74806801},
    },
    "pipeline": {"limit": 200, "diversity": 0.2},
    "experiment": "rarer-films",
    "created_at": "2026-11-22T03:14:00.000000Z",
    "started_at": "2026-11-22T03:14:00.100000Z",
    "snapshot_at": "2026-11-22T03:14:00.300000Z",
    "finished_at": "2026-11-22T03:14:04.900000Z",
    "activated_at": None,
    "retired_at": None,
    "error": "",
}
_ACTIVE = _BUILT | {"state": "active", "activated_at": "2026-11-22T08:02:10.000000Z"}
_ASKED = _BUILT | {
    "state": "requested",
    "publish": True,
    "refusal": "",
    "progress": None,
    "shard_count": 0,
    "shards_done": 0,
    "user_count": 0,
    "list_count": 0,
    "difference": None,
    "pipeline": {},
    "experiment": None,
    "started_at": None,
    "snapshot_at": None,
    "finished_at": None,
}
_CANCELLED = _ASKED | {"state": "cancelled", "finished_at": "2026-11-22T03:14:01.000000Z"}
_RETURNED = _ACTIVE | {
    "id": 41,
    "publish": True,
    "refusal": "",
    "held_back": {"model_versions": [18], "generations": []},
}


def _answer(name: str, value: dict[str, Any], status: str) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


def _body(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


SHOWN = _answer("kept back", _BUILT, "200")
ASKED = _answer("generation", _ASKED, "202")
PUBLISHED = _answer("published", _ACTIVE, "200")
RETURNED = _answer("rolled back", _RETURNED, "200")
CANCELLED = _answer("cancelled", _CANCELLED, "200")
REQUESTS = (
    _body("with the newest model", {}),
    _body("only to look at", {"model_version": 17, "publish": False}),
)
EXPECTED = _body("if nothing changed meanwhile", {"expected_active": 41})
RETURNS = (
    _body("to the one before", {}),
    _body("to a certain one", {"generation": 40, "expected_active": 42}),
)
