"""Query parameters: what an endpoint does not know or cannot use is refused by name."""

import re

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from .errors import APIError, ErrorCode

_SHOWN_CHARACTERS = 60
INTEGER = re.compile(r"[0-9]{1,9}")
LARGEST_INTEGER = 999_999_999


def refuse_unknown_parameters(request: Request, *, allowed: set[str]) -> None:
    unknown = sorted(request.query_params.keys() - allowed)
    if unknown:
        names = ", ".join(sorted(allowed)) or "none"
        raise APIError(
            ErrorCode.UNKNOWN_PARAMETER,
            f"{unknown[0][:_SHOWN_CHARACTERS]!a} is no parameter here; the parameters are {names}.",
            details={"allowed": sorted(allowed)},
        )


def integer_parameter(
    request: Request, name: str, *, default: int, maximum: int, minimum: int = 1
) -> int:
    """A whole number from `minimum` to `maximum`."""
    value = request.query_params.get(name)
    if value is None:
        return default
    if not INTEGER.fullmatch(value) or not minimum <= int(value) <= maximum:
        message = f"A whole number from {minimum} to {maximum}."
        raise ValidationError({name: [ErrorDetail(message, code="invalid")]})
    return int(value)
