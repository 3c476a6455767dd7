"""How what a generation differs in is shown."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.admin_display import NOTHING
from apps.recommendations.models import Generation

_UNKNOWN: Mapping[str, Any] = {}


def share(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1%}"


def difference_table(generation: Generation) -> SafeString:
    found = generation.difference
    if "lists" not in found:
        return format_html("{}", "Not known before all lists are built.")
    return format_html(
        "<p>{}</p><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        _sentence(found),
        format_html_join("", "<th>{}</th>", ((name,) for name in ("", "these", "before"))),
        format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td></tr>", _rows(found)),
    )


def _sentence(found: Mapping[str, Any]) -> str:
    if found["base_id"] is None:
        return "There were no lists before."
    if not found["compared"]:
        return f"Nobody has a list in generation {found['base_id']} as well."
    compared = (
        f"Of the first 20 films of {found['compared']:,} viewers, {share(found['overlap'])} are "
        f"also in generation {found['base_id']}. Churn is {share(found['churn'])}: of the films of "
        f"{found['same_taste']:,} who wrote nothing meanwhile, those that are others."
    )
    return " ".join(filter(None, (compared, found.get("churn_exemption", ""))))


def _rows(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    these, before = found["lists"], found["base_lists"] or _UNKNOWN
    for name, label in (("count", "Lists"), ("films", "Different films in the first 20")):
        yield label, f"{these[name]:,}", f"{before[name]:,}" if before else NOTHING
    for name, label in (
        ("film_share", "of the films that the model knows"),
        ("fallback_share", "Places of the first 20 that no taste speaks for"),
        ("unpersonal_share", "Lists without any film that taste speaks for"),
    ):
        yield label, share(these[name]), share(before.get(name))
