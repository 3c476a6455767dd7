"""Texts as words. What is searched and what it is searched in are taken apart by the same rules.

A plain text is one in lower case without accents, as the database's function `movies_plain` has it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from django.db import connection

_APOSTROPHES = "'`\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}"
_SPACES = "\x00-\x20\xa0\u2000-\u200a\u3000"
# Ranges rather than classes of characters: marks of Indic and Thai writing are parts of words.
_SIGNS = (
    "\u05be\u05c0\u05c3\u060c\u061b\u061f\u06d4\u0964\u0965\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
    "\x21-\x2f\x3a-\x40\\\x5b-\x60\x7b-\x9f\xa1-\xbf\xd7\xf7\u02bc\u200b-\u206f\u20a0-\u20cf"
    "\u2190-\u2bff\u2e00-\u2e7f\u3001-\u3004\u3008-\u3020\u3030\u30fb\ufe10-\ufe1f\ufe30-\ufe6f"
    "\uff00-\uff0f"
)
_BETWEEN = re.compile(f"[{_SPACES}{_SIGNS}]+")
WORD = re.compile(f"[^{_SPACES}{_SIGNS}]+")
_IN_WORD = re.compile(f"(?<=[^{_SPACES}{_SIGNS}])[{_SIGNS}]+(?=[^{_SPACES}{_SIGNS}])")
_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
# PostgreSQL takes no word of more than 2,046 bytes; none of a language is as long as this.
LONGEST_WORD = 100
# Nobody remembers more of a title, and each costs time.
MOST_WORDS = 12
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]+")
_PLAIN = (
    "SELECT movies_plain(text) FROM unnest(%s::text[]) WITH ORDINALITY AS t (text, n) ORDER BY n"
)


def plain(texts: Sequence[str]) -> list[str]:
    """The texts in lower case without accents; what is ASCII alone does not need the database."""
    if all(text.isascii() for text in texts):
        return [text.lower() for text in texts]
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, [list(texts)])
        return [text for (text,) in cursor.fetchall()]


def asked_words(text: str) -> tuple[str, ...]:
    """Of what a person typed, so many at most: apostrophes vanish, other signs part words."""
    (found,) = plain([text])
    return parted(_APOSTROPHE.sub("", found))[:MOST_WORDS]


def parted(plain_text: str) -> tuple[str, ...]:
    return tuple(word[:LONGEST_WORD] for word in _BETWEEN.split(plain_text) if word)


def array_of_texts(texts: Iterable[str]) -> str:
    """Words, or what is made of them, as one parameter: they have neither quotes nor backslashes.

    The driver would write an expression of the elements, each of which the server parses.
    """
    return "{" + ",".join(f'"{text}"' for text in texts) + "}"


def forms(plain_text: str) -> Iterator[tuple[str, ...]]:
    """Its words with signs as spaces; without apostrophes; without any signs inside words; and with
    digits behind letters apart.

    Spider-Man is `spider man` and `spiderman`, Ocean's `ocean s` and `oceans`, Alien³ `alien 3`.
    """
    yield from dict.fromkeys(
        (
            parted(plain_text),
            parted(_APOSTROPHE.sub("", plain_text)),
            parted(_IN_WORD.sub("", plain_text)),
            parted(_BEFORE_DIGIT.sub(" ", plain_text)),
        )
    )
