"""Single values: each is what it should be, or unknown."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from math import isfinite

from services.tmdb.errors import PayloadError

MAX_ID = 2**31 - 1
MAX_INTEGER = 2**31 - 1
MAX_MONEY = 2**63 - 1
MAX_VOTE = 10.0
# The first films are of 1888; what lies far ahead stands for "some day".
EARLIEST_YEAR = 1870
LATEST_YEAR = 2100
DAY_CHARS = len("2000-01-01")
URL_CHARS = 500

_IMAGE_PATH = re.compile(r"/[\w.-]{1,110}\.(?:jpg|png|svg|webp)", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_IMDB_ID = re.compile(r"tt\d{7,10}", re.ASCII)
_WEB_URL = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)

# How often something was dropped, by reason.
Dropped = Counter[str]


class UnusableRowError(Exception):
    """A row without what makes it one; the message names the field."""


def whole_body(body: object) -> dict[str, object]:
    if not isinstance(body, dict):
        raise PayloadError(f"TMDb's answer is no object but {type(body).__name__}")
    return body


def text(value: object, most: int) -> str:
    """The first characters, without those that PostgreSQL cannot store."""
    if not isinstance(value, str):
        return ""
    # Neither NUL nor half of a surrogate pair is printable, and nearly every text is.
    if not value.isprintable():
        value = value.encode("utf-8", "replace").decode().replace("\0", "")
    return value[:most]


def name(value: object, most: int, field: str = "name") -> str:
    """A text without which the row is of no use."""
    found = text(value, most)
    if not found or found.isspace():
        raise UnusableRowError(field)
    return found


def token(value: object, most: int, field: str) -> str:
    """An identifying text, of which a part would be another."""
    found = text(value, most)
    if not found or found != value:
        raise UnusableRowError(field)
    return found


def is_id(value: object) -> bool:
    return type(value) is int and 0 < value <= MAX_ID


def tmdb_id(value: object, field: str = "id") -> int:
    # `True` is an int, and is none of these.
    if type(value) is int and 0 < value <= MAX_ID:
        return value
    raise UnusableRowError(field)


def whole(value: object, *, least: int = 0, most: int = MAX_INTEGER) -> int | None:
    return value if type(value) is int and least <= value <= most else None


def number(value: object, *, most: float) -> float | None:
    """From 0 to `most`; TMDb writes 7.0 as 7."""
    if type(value) is float:
        return value if isfinite(value) and 0 <= value <= most else None
    return float(value) if type(value) is int and 0 <= value <= most else None


def country(value: object) -> str:
    return value if isinstance(value, str) and _COUNTRY.fullmatch(value) else ""


def language(value: object) -> str:
    return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else ""


def image_path(value: object, reason: str, dropped: Dropped) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str) and _IMAGE_PATH.fullmatch(value):
        return value
    dropped[reason] += 1
    return ""


def day(value: object, reason: str, dropped: Dropped) -> date | None:
    """A day, also of a time stamp."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value[DAY_CHARS : DAY_CHARS + 1] in {"", "T", " "}:
        try:
            found = date.fromisoformat(value[:DAY_CHARS])
        except ValueError:
            found = date.min
        if EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            return found
    dropped[reason] += 1
    return None


def moment(value: object, reason: str, dropped: Dropped) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value)  # type: ignore[arg-type]  # TypeError as well
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        found = datetime.min.replace(tzinfo=UTC)
    if EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        return found
    dropped[reason] += 1
    return None


def imdb_id(value: object, dropped: Dropped) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and _IMDB_ID.fullmatch(value):
        return value
    dropped["imdb_id"] += 1
    return None


def web_url(value: object, reason: str, dropped: Dropped, *, scheme: str = "") -> str:
    """An http:// or https:// address; a part of one would be another."""
    if value is None or value == "":
        return ""
    found = text(value, URL_CHARS)
    if found == value and _WEB_URL.fullmatch(found) and found.lower().startswith(scheme):
        return found
    dropped[reason] += 1
    return ""
