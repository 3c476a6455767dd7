"""What the gate of a training decided, as operators see it."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.recommendations.gate import told_of
from apps.recommendations.models import ModelVersion


def gate_table(version: ModelVersion) -> SafeString:
    told = told_of(version.gate)
    if not told.rows:
        return format_html("{}", told.sentence)
    rows = format_html_join("", "<tr><th>{}</th><td>{}</td></tr>", told.rows)
    return format_html("<p>{}</p><table><tbody>{}</tbody></table>", told.sentence, rows)
