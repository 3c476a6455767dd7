"""Slips of a finger: a letter missing, added or another, or two that changed places."""

from collections.abc import Iterator
from string import ascii_lowercase, digits

_LETTERS = ascii_lowercase + digits


def one_slip_from(word: str) -> Iterator[str]:
    """What may have been meant by it, of these letters (after Norvig, "How to Write a Spelling
    Corrector").
    """
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield from (f"{before}{letter}{after}" for letter in _LETTERS)
        if after:
            yield before + after[1:]
            yield from (f"{before}{letter}{after[1:]}" for letter in _LETTERS)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def count_slips(meant: str, written: str) -> int:
    """The fewest that make one of the other, each letter touched once (Damerau 1964)."""
    before: list[int] = []
    above = list(range(len(written) + 1))
    for row, letter in enumerate(meant, 1):
        line = [row]
        for column, other in enumerate(written, 1):
            least = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 < column and letter == written[column - 2] and meant[row - 2] == other:
                least = min(least, before[column - 2] + 1)
            line.append(least)
        before, above = above, line
    return above[-1]
