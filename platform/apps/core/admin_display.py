"""How columns of admin lists read: durations, ages, shares, errors, links."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

MAX_ERROR_CHARS = 80
NOTHING = "-"
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def duration(length: timedelta | None) -> str:
    """Two units at most, never wrapped: `0.4 s`, `3 min 5 s`, `2 h 10 min`, `4 d 1 h`."""
    return _spelt(length).replace(" ", "\N{NO-BREAK SPACE}")


def _spelt(length: timedelta | None) -> str:
    if length is None:
        return NOTHING
    seconds = max(length.total_seconds(), 0)
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def age(moment: datetime | None, *, now: datetime) -> str:
    return NOTHING if moment is None else f"{duration(now - moment)}\N{NO-BREAK SPACE}ago"


def percent(part: int, whole: int) -> str:
    """Never 100 % before all is done."""
    return f"{100 * part // whole} %" if whole else NOTHING


def first_line(error: str) -> str:
    line = error.strip().partition("\n")[0]
    return line if len(line) <= MAX_ERROR_CHARS else f"{line[:MAX_ERROR_CHARS]}…"


def list_link(text: str, model: str, **filters: Any) -> SafeString:
    """A link to the list of `app_model` rows that the filters choose."""
    address = reverse(f"admin:{model}_changelist")
    return format_html('<a href="{}?{}">{}</a>', address, urlencode(filters), text)


def row_link(text: object, model: str, pk: object) -> SafeString:
    address = reverse(f"admin:{model}_change", args=[pk])
    return format_html('<a href="{}">{}</a>', address, text)


def side_by_side(*links: SafeString) -> SafeString:
    return format_html_join(" · ", "{}", ((link,) for link in links))
