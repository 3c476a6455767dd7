"""Languages in the OpenAPI document: which answers show films in that of whoever asks."""

from collections.abc import Iterator
from typing import Any

from .json_answers import CONTENT_TYPE
from .locales import HEADER

# What has titles or certifications of films in it.
_LOCALISED = frozenset(
    f"{name}Output"
    for name in (
        *("Movie", "MovieDetail", "FoundMovie", "Suggestion", "CreditedFilm", "Because"),
        *("NamedFilm", "Why", "WhyNot"),
    )
)
_ACCEPTED = {
    "name": HEADER,
    "in": "header",
    "description": "Languages to show films in, and your country; your profile's go first.",
    "schema": {"type": "string"},
    "example": "fr-CH, de;q=0.8",
}
_SHOWN = {
    "description": "The language of titles and overviews in the answer that was wanted most.",
    "schema": {"type": "string"},
}


def describe_languages(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular, after the one of rate limits."""
    components = result["components"]
    components["headers"]["Content-Language"] = _SHOWN
    for operations in result["paths"].values():
        for operation in operations.values():
            localised = [each for each in _bodies(operation) if _names_films(each, components)]
            for response in localised:
                reference = {"$ref": "#/components/headers/Content-Language"}
                response["headers"] = response.get("headers", {}) | {"Content-Language": reference}
            if localised:
                operation["parameters"] = [*operation.get("parameters", []), _ACCEPTED]
    return result


def _bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for status, response in operation["responses"].items():
        if status.startswith("2") and CONTENT_TYPE in response.get("content", {}):
            yield response


def _names_films(response: dict[str, Any], components: dict[str, Any]) -> bool:
    named = _components_of(response["content"][CONTENT_TYPE]["schema"], components, frozenset())
    return not _LOCALISED.isdisjoint(named)


def _components_of(schema: Any, components: dict[str, Any], above: frozenset[str]) -> Iterator[str]:
    """The names of all components that the schema has in it; none is in itself."""
    if isinstance(schema, list):
        for each in schema:
            yield from _components_of(each, components, above)
    elif isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in above:
            yield name
            yield from _components_of(components["schemas"][name], components, above | {name})
        yield from _components_of(list(schema.values()), components, above)
