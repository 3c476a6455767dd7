"""Titles as MovieLens writes them, taken apart: "Postino, Il (1994)" is "Il Postino" of 1994."""

import re
from typing import NamedTuple

from apps.movies.models import EARLIEST_YEAR, LATEST_YEAR

# Those that MovieLens moves behind a comma. An elided one joins its word: "Avventura, L'".
# fmt: off
ARTICLES = frozenset((
    "a", "an", "the", "un", "une", "le", "la", "les", "l'", "el", "los", "las", "una",
    "il", "lo", "i", "gli", "o", "os", "as", "um", "uma",
    "der", "die", "das", "den", "ein", "eine", "de", "det", "het", "een", "en", "et",
))
# fmt: on
_YEAR = re.compile(r"^(?P<rest>.*\S)\s*\((?P<year>\d{4})(?:[-\u2013]\s?(?:\d{4})?)?\)$", re.ASCII)
_ALTERNATIVE = re.compile(r"^(?P<rest>.*\S)\s+\((?P<alternative>[^()]+)\)$")
_ALSO_KNOWN_AS = re.compile(r"^a\.?\s?k\.?\s?a\b", re.IGNORECASE)


class TitleParts(NamedTuple):
    title: str
    original_title: str
    year: int | None


def parse_title(text: str) -> TitleParts:
    """Take the year, the alternative titles in brackets and the moved article off a title.

    The first bracket that is no "a.k.a." is the original title. A title that would not
    stand without its bracket ("Or (The Unexpected Virtue of Ignorance)") keeps it.
    """
    rest, year = _split_year(text.strip())
    alternatives: list[str] = []
    while (match := _ALTERNATIVE.match(rest)) and not rest.lower().split(" (")[0].endswith(" or"):
        rest = match["rest"]
        alternatives.insert(0, match["alternative"].strip())
    originals = [text for text in alternatives if not _ALSO_KNOWN_AS.match(text)]
    title = _with_leading_article(rest)
    original = _with_leading_article(originals[0]) if originals else ""
    return TitleParts(title, "" if original == title else original, year)


def _split_year(text: str) -> tuple[str, int | None]:
    match = _YEAR.match(text)
    if not match or not EARLIEST_YEAR <= int(match["year"]) <= LATEST_YEAR:
        return text, None
    return match["rest"], int(match["year"])


def _with_leading_article(title: str) -> str:
    name, comma, article = title.rpartition(", ")
    if not comma or article.lower() not in ARTICLES:
        return title
    return f"{article}{name}" if article.endswith("'") else f"{article} {name}"
