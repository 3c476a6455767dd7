"""Films for adults, which lists show to those who asked for them. See ADR 0049."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

PARAMETER = "include_adult"
SCHEMA = {"type": "boolean"}
DESCRIPTION = "Whether films for adults are among them; by default, as your profile says."
INCLUDE_ADULT = OpenApiParameter(PARAMETER, SCHEMA, description=DESCRIPTION)


def is_adult_included(request: Request) -> bool:
    """Whether whoever asks wants such films: the request says so, else the caller's profile.

    Raises:
        ValidationError: the parameter is neither true nor false.
    """
    sent = request.query_params.get(PARAMETER)
    if sent is None:
        return bool(getattr(request.user, "include_adult", False))
    if sent not in {"true", "false"}:
        raise ValidationError({PARAMETER: [ErrorDetail("Either true or false.", code="invalid")]})
    return sent == "true"
