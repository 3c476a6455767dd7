"""What a film's document holds, by which searches find it.

Besides words there are whole names, `=the matrix`, which tell that a film is called just so, and
acronyms of titles, `#lotr`. None of them is written by hand: all follow from what the film has.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from .names import Kind
from .numerals import in_digits, in_words
from .words import forms, parted

Label = Literal["A", "B", "C", "D"]
LABELS: Mapping[Kind, Label] = {
    "title": "A",
    "original_title": "A",
    "translation": "B",
    "alternative_title": "B",
    "person": "C",
    "keyword": "D",
}
# A place for each label, since a lexeme has one label at a place.
_PLACES = {"A": 1, "B": 2, "C": 3, "D": 4}
_LONGEST_NAME = 200
# A document may have a megabyte. Of a film with thousands of names, titles count first.
_MOST_BYTES = 500_000
_SHORT_WORD = 3
ACRONYM_LETTERS = range(3, 8)
# Before and after these, a title may be two.
_SEGMENTS = re.compile(r":\s+|\s+[-/\u2013\u2014]\s+|\s*[()]\s*")
Lexeme = tuple[str, Label]


def name_lexeme(words: Iterable[str]) -> str:
    return f"={' '.join(words)}"[:_LONGEST_NAME]


def acronym_lexeme(word: str) -> str:
    return f"#{word}"


def is_word(lexeme: str) -> bool:
    return lexeme[0] not in "=#@"


def title_length(plain_title: str) -> int:
    """In words."""
    return len(parted(plain_title))


def of_title(plain_title: str, label: Label) -> Iterator[Lexeme]:
    for words in forms(plain_title):
        yield from of_words(words, label)
        yield from ((each, "B") for each in _derived(words))
    for segment in _segments(plain_title):
        for words in forms(segment):
            if words:
                yield name_lexeme(words), "B"
                yield from ((each, "B") for each in _derived(words))


def of_name(plain_name: str, label: Label) -> Iterator[Lexeme]:
    """Of a person or a keyword."""
    for words in forms(plain_name):
        yield from of_words(words, label)


def of_words(words: Sequence[str], label: Label) -> Iterator[Lexeme]:
    yield from ((word, label) for word in words)
    if words:
        yield name_lexeme(words), label


def of_year(year: int) -> Iterator[Lexeme]:
    yield str(year), "D"
    # By this the version before narrows searches; it goes with the next one.
    yield f"@{year}", "D"


def as_tsvector(lexemes: Iterable[Lexeme]) -> str:
    """In PostgreSQL's notation. Words have neither quotes nor backslashes in them."""
    chosen: list[str] = []
    size = 0
    for word, label in sorted(set(lexemes), key=lambda each: (each[1], each[0])):
        size += len(word.encode())
        if size > _MOST_BYTES:
            break
        chosen.append(f"'{word}':{_PLACES[label]}{label}")
    return " ".join(chosen)


def _segments(plain_title: str) -> list[str]:
    """Parts of the title that are titles themselves; none if it has one part."""
    segments = [segment for segment in _SEGMENTS.split(plain_title) if segment]
    return segments if len(segments) > 1 else []


def _derived(words: Sequence[str]) -> Iterator[str]:
    """Other ways to write it: with its numbers otherwise, without its first word if that is short,
    as an acronym.
    """
    for numbered in (tuple(in_digits(words)), tuple(in_words(words))):
        if numbered != tuple(words):
            yield from numbered
            yield name_lexeme(numbered)
    for shorter in (words, _without_short_beginning(words)):
        yield from _acronym(shorter)
        if shorter and shorter != words:
            yield name_lexeme(shorter)


def _without_short_beginning(words: Sequence[str]) -> Sequence[str]:
    """Without an article, in whatever language that is: a first word of up to three letters."""
    return words[1:] if len(words) > 1 and len(words[0]) <= _SHORT_WORD else words


def _acronym(words: Sequence[str]) -> Iterator[str]:
    if len(words) in ACRONYM_LETTERS:
        yield acronym_lexeme("".join(word[0] for word in words))
