"""Numbers in titles: as Roman numerals, as English words and as digits."""

from collections.abc import Iterator, Sequence

_ROMAN = ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
_ENGLISH = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
    "twenty",
)
_DIGITS = {
    **{numeral: str(number) for number, numeral in enumerate(_ROMAN, 2)},
    **{word: str(number) for number, word in enumerate(_ENGLISH, 1)},
}
_WORDS = {str(number): word for number, word in enumerate(_ENGLISH, 1)}
# What may be in a title that writes it otherwise.
NUMBERS = frozenset({*_DIGITS.values(), *_WORDS.values()})


def in_digits(words: Sequence[str]) -> Iterator[str]:
    """A single letter is a number at the end alone: V for Vendetta is no fifth of anything."""
    for place, word in enumerate(words, 1):
        is_number = len(word) > 1 or 1 < place == len(words)
        yield _DIGITS.get(word, word) if is_number else word


def in_words(words: Sequence[str]) -> Iterator[str]:
    return (_WORDS.get(word, word) for word in words)
