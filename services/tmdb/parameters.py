"""What goes into a path or a query: TMDb resolves `..` in paths and ignores what it does not know.

So a mistake would be another request, and its answer believed. Here it is a ValueError.
"""

import re
from collections.abc import Mapping
from datetime import date

from .payloads.pages import LAST_PAGE
from .payloads.values import is_id

WINDOWS = ("day", "week")
QUERY_CHARS = 200
EARLIEST_YEAR = 1800
LATEST_YEAR = 2200

_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
_LANGUAGE_CODE = re.compile(r"[a-z]{2}")
_REGION = re.compile(r"([A-Z]{2})?")
_EXTERNAL_IDS = {
    "imdb_id": re.compile(r"tt\d{7,10}", re.ASCII),
    "wikidata_id": re.compile(r"Q\d{1,12}", re.ASCII),
}
# What an HTTP header takes, and a column of ours.
_ETAG = re.compile(r"(W/)?\"[!#-~]{0,90}\"")

_RANGES = ("gte", "lte")
DISCOVER_FILTERS = frozenset(
    {
        *("certification", "certification_country", "include_adult", "include_video", "language"),
        *("primary_release_year", "region", "sort_by", "watch_region", "year"),
        *(
            f"{name}.{end}"
            for name in (
                *("certification", "primary_release_date", "release_date", "vote_average"),
                *("vote_count", "with_runtime"),
            )
            for end in _RANGES
        ),
        *(
            f"with_{name}"
            for name in (
                *("cast", "companies", "crew", "genres", "keywords", "origin_country"),
                *("original_language", "people", "release_type", "watch_monetization_types"),
                "watch_providers",
            )
        ),
        *(f"without_{name}" for name in ("companies", "genres", "keywords", "watch_providers")),
    }
)


def movie_id(value: int) -> int:
    if not is_id(value):
        raise ValueError(f"No TMDb id: {value!r}")
    return value


def external_id(value: str, source: str) -> str:
    pattern = _EXTERNAL_IDS.get(source)
    if pattern is None:
        raise ValueError(f"No source of ids: {source!r}")
    if not pattern.fullmatch(value):
        raise ValueError(f"No {source}: {value!r}")
    return value


def window(value: str) -> str:
    if value not in WINDOWS:
        raise ValueError(f"No window of trends: {value!r}")
    return value


def page(value: int) -> str:
    if type(value) is not int or not 1 <= value <= LAST_PAGE:
        raise ValueError(f"TMDb has pages 1 to {LAST_PAGE}, not {value!r}")
    return str(value)


def language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f"No language: {value!r}")
    return value


def language_code(value: str) -> str:
    """A language without a country: of images TMDb knows no more."""
    if not _LANGUAGE_CODE.fullmatch(value):
        raise ValueError(f"No language: {value!r}")
    return value


def region(value: str) -> str:
    if not _REGION.fullmatch(value):
        raise ValueError(f"No region: {value!r}")
    return value


def year(value: int) -> str:
    if type(value) is not int or not EARLIEST_YEAR <= value <= LATEST_YEAR:
        raise ValueError(f"No year: {value!r}")
    return str(value)


def query(value: str) -> str:
    found = value.encode("utf-8", "ignore").decode().replace("\0", "").strip()
    if not found or len(found) > QUERY_CHARS:
        raise ValueError(f"TMDb is asked for 1 to {QUERY_CHARS} characters, not {len(found)}")
    return found


def etag(value: str) -> str:
    """Empty unless it can be sent; without one the answer is whole."""
    return value if _ETAG.fullmatch(value) else ""


def discover_filters(filters: Mapping[str, object]) -> dict[str, str]:
    if unknown := sorted(filters.keys() - DISCOVER_FILTERS):
        raise ValueError(f"TMDb would ignore, and not refuse: {', '.join(unknown)}")
    return {name: _filter(name, value) for name, value in filters.items()}


def _filter(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, int | float | str):
        return str(value)
    raise ValueError(f"No value of {name}: {value!r}")
