"""Tags of answers in the OpenAPI document: which reads have one, and what who holds it is told."""

from typing import Any

from .json_answers import CONTENT_TYPE
from .rate_limit_schema import RATE_REFERENCES

# Answers with tokens or personal data, which nobody is to keep.
_NOT_STORED = "/api/v1/auth/"
_ETAG = {
    "description": "Names what the answer says: the same as long as nothing in it changes.",
    "required": True,
    "schema": {"type": "string"},
}
_REFERENCE = {"ETag": {"$ref": "#/components/headers/ETag"}}
_HELD = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of the answer that you hold.",
    "schema": {"type": "string"},
    "example": 'W/"9f2b6c0d4e8a1375b2c4d6e8f0a1b3c5"',
}


def describe_tags(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular, after the one of rate limits."""
    result["components"]["headers"]["ETag"] = _ETAG
    for path, operations in result["paths"].items():
        read = operations.get("get")
        if read is not None and not path.startswith(_NOT_STORED) and _is_json(read):
            _describe(read)
    return result


def _is_json(read: dict[str, Any]) -> bool:
    return CONTENT_TYPE in read["responses"].get("200", {}).get("content", {})


def _describe(read: dict[str, Any]) -> None:
    read["responses"]["200"]["headers"] |= _REFERENCE
    read["responses"]["304"] = {
        "description": "Nothing has changed in the answer that you hold.",
        "headers": RATE_REFERENCES | _REFERENCE,
    }
    read["parameters"] = [*read.get("parameters", []), _HELD]
