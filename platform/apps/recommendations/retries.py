"""When to ask again for what is not there yet."""

import math

from .waiting import WORTH_ASKING, Waiting

# Nobody is asked to stay away for longer, or to come again sooner where nothing is estimated.
MOST_SECONDS = 30
UNKNOWN_SECONDS = 5


def retry_after(waiting: Waiting) -> str | None:
    """Seconds for the header; None where asking again does not help soon."""
    if waiting.reason not in WORTH_ASKING:
        return None
    if waiting.estimated_ms is None:
        return str(UNKNOWN_SECONDS)
    return str(min(max(1, math.ceil(waiting.estimated_ms / 1000)), MOST_SECONDS))
