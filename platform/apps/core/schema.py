"""The OpenAPI document: strict request bodies, and errors as one component with examples."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema_field
from rest_framework import serializers

from .errors import ErrorCode
from .field_selection import KEY, PARAMETER, refusal_of
from .request_ids import HEADER

# What says in a body's schema that there must be one.
_NEEDING = {"required", "minProperties", "oneOf"}
_CODES = {code.value: code for code in ErrorCode}
_EXAMPLE_REQUEST_ID = "0b1d4c7a9e5f4f0f8b1f6f7f3a1c2d3e"
_REQUEST_ID = {
    "description": "Names the request in our log: the one that you sent, or a new one.",
    "required": True,
    "schema": {"type": "string"},
}


class InputSerializerExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says what InputSerializer does: unknown fields are refused."""

    target_class = "apps.core.serializers.InputSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(  # noqa: SLF001  # the documented way to augment a schema
            self.target, direction, bypass_extensions=True
        )
        schema["additionalProperties"] = False
        schema["description"] = "Unknown fields are refused."
        if needed := self.target.always_needed:
            schema["required"] = list(needed)
        if self.target.needs_any:
            schema["minProperties"] = 1
        if names := self.target.exactly_one_of:
            schema["oneOf"] = [{"required": [name]} for name in names]
            schema["description"] = (
                f"With exactly one of {', '.join(names)}. Unknown fields are refused."
            )
        return schema


@extend_schema_field(
    {
        "type": "string",
        "enum": [code.value for code in ErrorCode],
        "description": "Stable; branch on this.\n\n"
        + "\n".join(f"* `{code.value}` - {int(code.status)}: {code.message}" for code in ErrorCode),
    }
)
class ErrorCodeField(serializers.CharField):
    pass


class ErrorBodyOutput(serializers.Serializer[None]):
    code = ErrorCodeField()
    message = serializers.CharField(help_text="For people; may change.")
    details = serializers.DictField(
        help_text="For `invalid` and its kin: each field's errors as `[{code, message}]`; "
        "for an unknown parameter also `allowed`, the known ones; for `bulk_refused` each bad "
        "event's errors as `[{code, message, field}]`, by its index."
    )
    request_id = serializers.CharField(help_text="Also the X-Request-ID header.")


class ErrorOutput(serializers.Serializer[None]):
    error = ErrorBodyOutput()


def errors(*codes: ErrorCode) -> dict[int, OpenApiResponse]:
    """The error responses of an operation, by status. Every one may be throttled."""
    by_status: dict[int, list[ErrorCode]] = defaultdict(list)
    for code in (*codes, ErrorCode.THROTTLED):
        by_status[code.status].append(code)
    return {status: _response(of_status) for status, of_status in by_status.items()}


def _response(codes: list[ErrorCode]) -> OpenApiResponse:
    return OpenApiResponse(
        ErrorOutput,
        description=" ".join(f"`{code.value}`: {code.message}" for code in codes),
        examples=[_example(code) for code in codes],
    )


def _example(code: ErrorCode) -> OpenApiExample:
    error = {
        "code": code.value,
        "message": code.message,
        "details": {},
        "request_id": _EXAMPLE_REQUEST_ID,
    }
    return OpenApiExample(
        code.value,
        value={"error": error},
        response_only=True,
        status_codes=[str(int(code.status))],
    )


AUTH_ERRORS = (ErrorCode.NOT_AUTHENTICATED, ErrorCode.TOKEN_NOT_VALID)
BODY_ERRORS = (
    ErrorCode.INVALID,
    ErrorCode.UNKNOWN_FIELD,
    ErrorCode.PARSE_ERROR,
    ErrorCode.BODY_TOO_LARGE,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
)
LIST_ERRORS = (ErrorCode.INVALID, ErrorCode.UNKNOWN_PARAMETER, ErrorCode.PAGE_NOT_FOUND)


def fill_in_details(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: error examples name fields and parameters of their operation."""
    for operations in result["paths"].values():
        for operation in operations.values():
            fields = _body_fields(operation, result["components"]["schemas"])
            parameters = {
                parameter["name"]: parameter["schema"].get("maximum")
                for parameter in operation.get("parameters", [])
                if parameter["in"] == "query"
            }
            for error in _error_examples(operation):
                error["details"] = _details(_CODES[error["code"]], fields, parameters)
    return result


def _body_fields(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    if "requestBody" not in operation:
        return []
    return list(_body(operation, schemas)["properties"])


def _is_needed(operation: dict[str, Any], schemas: dict[str, Any]) -> bool:
    return not _body(operation, schemas).keys().isdisjoint(_NEEDING)


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    reference: str = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema: dict[str, Any] = schemas[reference.rpartition("/")[2]]
    return schema


def _error_examples(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for response in operation["responses"].values():
        for content in response.get("content", {}).values():
            for example in content.get("examples", {}).values():
                if isinstance(example["value"], dict) and example["value"].keys() == {"error"}:
                    yield example["value"]["error"]


_FIXED_DETAILS: dict[ErrorCode, dict[str, Any]] = {
    ErrorCode.RATING_OUT_OF_RANGE: {
        "score": [
            {
                "code": ErrorCode.RATING_OUT_OF_RANGE.value,
                "message": ErrorCode.RATING_OUT_OF_RANGE.message,
            }
        ]
    },
    ErrorCode.BULK_REFUSED: {
        "3": [
            {
                "code": ErrorCode.MOVIE_NOT_FOUND.value,
                "message": ErrorCode.MOVIE_NOT_FOUND.message,
                "field": "movie_id",
            }
        ]
    },
}


def _details(code: ErrorCode, fields: list[str], parameters: dict[str, Any]) -> dict[str, Any]:
    if code is ErrorCode.UNKNOWN_PARAMETER:
        return {"allowed": sorted(parameters)}
    if code is ErrorCode.UNKNOWN_FIELD:
        message = f"'colour' is no field here; the fields are {', '.join(sorted(fields))}."
        return {"non_field_errors": [{"code": code.value, "message": message}]}
    if code in _FIXED_DETAILS:
        return _FIXED_DETAILS[code]
    if code is ErrorCode.INVALID and fields:
        return {fields[0]: [{"code": "null", "message": "This field may not be null."}]}
    if code is ErrorCode.INVALID and parameters:
        return _parameter_details(parameters)
    return {}


def _parameter_details(parameters: dict[str, Any]) -> dict[str, Any]:
    for name in ("page_size", "limit"):
        if name in parameters:
            message = f"A whole number from 1 to {parameters[name]}."
            return {name: [{"code": "invalid", "message": message}]}
    if parameters.keys() == {PARAMETER}:
        return {PARAMETER: [{"code": "invalid", "message": refusal_of("colour", [KEY])}]}
    message = "This parameter is required."
    return {next(iter(parameters)): [{"code": "required", "message": message}]}


def complete_document(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: what is the same for all operations, and what it leaves out."""
    result["components"].setdefault("headers", {})[HEADER] = _REQUEST_ID
    schemas = result["components"]["schemas"]
    for operations in result["paths"].values():
        for operation in operations.values():
            # A body whose fields are all optional may be left out.
            if "requestBody" in operation and _is_needed(operation, schemas):
                operation["requestBody"]["required"] = True
            for response in operation["responses"].values():
                header = {"$ref": f"#/components/headers/{HEADER}"}
                response.setdefault("headers", {})[HEADER] = header
                response["description"] = response["description"] or "What you asked for."
    return result
