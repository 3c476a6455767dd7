"""Readings of a query: for each of its words, what may have been meant by it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .queries import all_of, any_of, lexeme

# What it costs that words were written as one, or one as two: a factor of a film's weight.
SPACING_PENALTY = 0.7
_SHORTEST_PART = 2
_MOST_JOINED = 3
_MOST_SPLITS = 3
_LONGEST_SPLIT = 30


@dataclass(frozen=True, slots=True)
class Alternative:
    """Words that may have been meant, and what that costs as a factor of a film's weight.

    Films need not have what is common.
    """

    words: tuple[str, ...]
    penalty: float = 1.0
    is_begun: bool = False
    is_common: bool = False

    @property
    def is_own(self) -> bool:
        """What was asked: whatever else it may mean costs something."""
        return self.penalty == 1

    @property
    def query(self) -> str:
        *whole, last = self.words
        return all_of((*map(lexeme, whole), lexeme(last, is_begun=self.is_begun)))


Reading = Sequence[Sequence[Alternative]]


def query_of(reading: Reading) -> str:
    """Films that have an alternative of each word, and not as all of them were asked.

    Those that have the words as they were asked may be very many, and are known. Empty if there is
    nothing else to have.
    """
    groups = [alternatives for alternatives in reading if not alternatives[0].is_common]
    queries = [any_of(each.query for each in group) for group in groups]
    if all(group[0].is_own for group in groups):
        others = [each.query for group in groups for each in group if not each.is_own]
        return all_of((*queries, any_of(others))) if others else ""
    return all_of(queries)


def readings(
    words: Sequence[str],
    near: Mapping[str, Sequence[Alternative]],
    *,
    known: Mapping[str, float],
    common: Iterable[str],
    is_last_begun: bool,
) -> list[Reading]:
    """As the words stand; then with two of them in one. `known`: weights of words by the word."""
    common = frozenset(common)
    groups = [
        _group(
            word,
            near,
            known,
            is_begun=is_last_begun and place == len(words),
            is_common=word in common,
        )
        for place, word in enumerate(words, 1)
    ]
    found: list[Reading] = [groups]
    for place, pair in enumerate(pairwise(words)):
        joined = "".join(pair)
        if joined in known and len(found) <= _MOST_JOINED:
            alternative = Alternative((joined,), SPACING_PENALTY)
            found.append([*groups[:place], [alternative], *groups[place + 2 :]])
    return found


def spellings(words: Sequence[str], split: Iterable[str]) -> set[str]:
    """What `readings` asks of: the words, two of them as one, the parts of those to split."""
    parts = {part for word in split for cut in _cuts(word) for part in cut}
    return {*words, *parts, *("".join(pair) for pair in pairwise(words))}


def _group(
    word: str,
    near: Mapping[str, Sequence[Alternative]],
    known: Mapping[str, float],
    *,
    is_begun: bool,
    is_common: bool,
) -> list[Alternative]:
    own = Alternative((word,), is_begun=is_begun, is_common=is_common)
    if is_common or word not in near:
        return [own]
    return [own, *near[word], *_splits(word, known)]


def _splits(word: str, known: Mapping[str, float]) -> list[Alternative]:
    """Those into two or three known words, of which the least known counts."""
    cuts = [cut for cut in _cuts(word) if all(part in known for part in cut)]
    cuts.sort(key=lambda cut: (len(cut), -min(known[part] for part in cut)))
    return [Alternative(cut, SPACING_PENALTY ** (len(cut) - 1)) for cut in cuts[:_MOST_SPLITS]]


def _cuts(word: str) -> Iterator[tuple[str, ...]]:
    if len(word) > _LONGEST_SPLIT:
        return
    for first in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        yield word[:first], word[first:]
        for second in range(first + _SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            yield word[:first], word[first:second], word[second:]
