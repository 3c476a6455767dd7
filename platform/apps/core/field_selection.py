"""`fields=`: the caller names what it reads of each film, and nothing else is sent."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

PARAMETER = "fields"
# Always there, so that whoever chooses can tell which film it is.
KEY = "id"

_SHOWN_CHARACTERS = 60

# None where nothing was chosen: then there is everything.
Chosen = frozenset[str] | None


def chosen_fields(request: Request, allowed: Sequence[str]) -> Chosen:
    return chosen_of(request.query_params.get(PARAMETER), allowed)


def chosen_of(sent: str | None, allowed: Sequence[str]) -> Chosen:
    """Raises ValidationError for what is no choice of the allowed names."""
    if sent is None:
        return None
    names = sent.split(",")
    unknown = sorted(set(names) - set(allowed))
    if unknown or len(names) > len(allowed):
        message = refusal_of(unknown[0] if unknown else sent, allowed)
        raise ValidationError({PARAMETER: [ErrorDetail(message, code="invalid")]})
    return frozenset({KEY, *names})


def refusal_of(name: str, allowed: Sequence[str]) -> str:
    shown = ascii(name[:_SHOWN_CHARACTERS])
    return f"{shown} is no choice of fields; they are {', '.join(allowed)}."


def is_chosen(chosen: Chosen, name: str) -> bool:
    return chosen is None or name in chosen


def key_of(chosen: Chosen) -> str:
    """The same for the same choice in any order, for tags of answers and keys of caches."""
    return "" if chosen is None else ",".join(sorted(chosen))


def only(data: Mapping[str, Any], chosen: Collection[str] | None) -> dict[str, Any]:
    return {name: each for name, each in data.items() if chosen is None or name in chosen}


def fields_parameter(allowed: Sequence[str], *, of: str = "each film") -> OpenApiParameter:
    """For the document; `allowed` in the order of the answer."""
    return OpenApiParameter(PARAMETER, fields_schema(allowed), description=fields_help(of))


def fields_schema(allowed: Sequence[str]) -> dict[str, Any]:
    name = f"({'|'.join(allowed)})"
    return {"type": "string", "pattern": f"^{name}(,{name}){{0,{len(allowed) - 1}}}$"}


def fields_help(of: str) -> str:
    return (
        f"Send only these fields of {of}, with commas between; `id` is always there. What is said "
        "to be required of an answer is so without this."
    )
