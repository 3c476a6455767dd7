"""The headers of rate limits in the OpenAPI document."""

from collections.abc import Iterator
from typing import Any

from .errors import ErrorCode

THROTTLED = str(int(ErrorCode.THROTTLED.status))

_RATE_HEADERS = {
    "X-RateLimit-Limit": "How many requests the tightest limit allows in its period.",
    "X-RateLimit-Remaining": "How many of them are left now.",
    "X-RateLimit-Reset": "In how many seconds more will be left.",
}
_RETRY_AFTER = {"Retry-After": "For how many seconds to wait before the next request."}


def _references(headers: dict[str, str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


RATE_REFERENCES = _references(_RATE_HEADERS)


def describe_rate_limits(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: headers of each success, and of the refusal."""
    result["components"]["headers"] = {
        name: {"description": text, "schema": {"type": "integer", "minimum": 0}}
        for name, text in (_RATE_HEADERS | _RETRY_AFTER).items()
    }
    for status, response in _responses(result):
        if status.startswith("2"):
            response["headers"] = RATE_REFERENCES | response.get("headers", {})
        elif status == THROTTLED:
            response["headers"] = RATE_REFERENCES | _references(_RETRY_AFTER)
    return result


def _responses(result: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for operations in result["paths"].values():
        for operation in operations.values():
            yield from operation["responses"].items()
