"""Where images may be: one rule for what a sync stores and for what addresses are made of."""

import re

MAX_CHARS = 200

_BASE_URL = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?(/[\w.-]+)*/?", re.ASCII)


def is_image_host(base_url: str) -> bool:
    """Whether images may be at it; a slash at its end does not matter."""
    return len(base_url) < MAX_CHARS and _BASE_URL.fullmatch(base_url) is not None
