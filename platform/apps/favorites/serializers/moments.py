"""The moments that clients tell: when a film was watched, when it was rated."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

# The year of the first showings to an audience.
EARLIEST_MOMENT_YEAR = 1895
# So far a client's clock may be ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)

MOMENT_HINT = (
    f"ISO 8601 with the offset from UTC, from the year {EARLIEST_MOMENT_YEAR} to now; "
    "a clock may be 5 minutes ahead."
)
# Python's own reader takes more than this, and drops what follows a NUL.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})"
)


_NO_MOMENT = "A date, a time and the offset from UTC: 2026-11-22T15:30:00Z."


class MomentField(serializers.DateTimeField):
    default_error_messages = {
        "no_moment": _NO_MOMENT,
        "invalid": _NO_MOMENT,
        "too_early": f"Not before the year {EARLIEST_MOMENT_YEAR}.",
        "too_late": "This moment is still to come.",
    }

    def __init__(self, *, clock: Callable[[], datetime] = timezone.now, **options: Any) -> None:
        self._clock = clock
        super().__init__(**{"help_text": MOMENT_HINT} | options)

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            self.fail("no_moment")
        moment = super().to_internal_value(value)
        if moment.year < EARLIEST_MOMENT_YEAR:
            self.fail("too_early")
        if moment > self._clock() + CLOCK_SKEW:
            self.fail("too_late")
        return moment
