"""How long a server asks to be left alone."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


def seconds_to_wait(header: str | None, *, at: datetime) -> float | None:
    """Of a Retry-After: seconds or a date; None where there is none that can be read."""
    asked = (header or "").strip()
    if _SECONDS.fullmatch(asked):
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - at).total_seconds())
