"""What was meant by words of which nothing is found: likely words of the vocabulary.

Candidates for a word are those that are one slip away, else those that look alike (trigrams), else
those that sound alike (double metaphone).
Which of them were meant is told by the films that have one for each word: the best known of them
counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple, Self

from .queries import any_of
from .readings import Alternative, Reading, query_of, readings, spellings
from .slips import count_slips, one_slip_from
from .statements import (
    ALIKE_WORDS,
    KNOWN_WORDS,
    LOOKED_AT,
    SOUNDING_WORDS,
    Narrowing,
)
from .words import array_of_texts

# What each slip costs: a factor of a film's weight. So does a word that only sounds the same.
PENALTY, SOUND_PENALTY = 0.5, 0.35
# Beside other words, films tell which of many were meant; of a single one its likelihood alone.
_MOST_ALTERNATIVES, _MOST_BESIDE = 6, 20
_MOST_NEAR = 60
_MOST_CORRECTIONS, _MOST_BESIDE_CORRECTIONS = 3, 2
_MOST_CORRECTED_WORDS = 5
# What is shorter is near to everything.
_SHORTEST, _LONGEST = 3, 30
_TWO_SLIPS_FROM, _MOST_SLIPS = 5, 2


class Correction(NamedTuple):
    """Words that may have been meant, and what that costs as a factor of a film's weight.

    `most`: no film that has them is likelier, as far as is known.
    """

    words: tuple[str, ...]
    penalty: float
    most: float = inf


class NearWord(NamedTuple):
    """The word that was asked for, a near one, the weight of the best film that has this, and what
    it costs to take the one for the other.
    """

    asked: str
    near: str
    weight: float
    penalty: float

    @classmethod
    def of(cls, row: tuple[Any, ...], penalty: float) -> Self:
        asked, near, weight = row
        return cls(asked, near, weight, penalty)


@dataclass(frozen=True, kw_only=True, slots=True)
class Misread:
    """Words as they were asked, of which those in `doubtful` may be meant otherwise."""

    words: tuple[str, ...]
    doubtful: tuple[str, ...]
    common: frozenset[str]
    narrowing: Narrowing
    is_last_begun: bool

    def corrections(self) -> Iterator[list[Correction]]:
        """Words that films have instead, and by which factor less likely they are, the likeliest
        first: one slip away, what looks alike, what sounds alike. The later takes longer.
        """
        replaced = [word for word in self.doubtful if _may_be_slip(word)][:_MOST_CORRECTED_WORDS]
        slips = {word: set(one_slip_from(word)) for word in replaced}
        words = array_of_texts(spellings(self.words, self.doubtful).union(*slips.values()))
        rows = KNOWN_WORDS.rows(words)
        known = {word: weight for word, weight, _ in rows}
        telling = {word: weight for word, weight, is_common in rows if not is_common}
        others = _MOST_BESIDE // max(len(replaced), 1) if len(self.words) > 1 else 0
        most = max(_MOST_ALTERNATIVES, others)
        for near_words in self._ways(slips, telling if self._is_alone else known):
            near = _near(replaced, near_words, most=most)
            yield self._likeliest(
                readings(
                    self.words,
                    near,
                    known=known,
                    common=self.common,
                    is_last_begun=self.is_last_begun,
                )
            )

    @property
    def _is_alone(self) -> bool:
        """There is one word that is not common: it stands for no common one, of all those films."""
        return sum(word not in self.common for word in self.words) == 1

    def _ways(
        self, slips: Mapping[str, set[str]], known: Mapping[str, float]
    ) -> Iterator[list[NearWord]]:
        yield _one_slip_from(slips, known)
        if slips:
            yield _alike(list(slips))
            yield _sounding(list(slips))

    def _likeliest(self, found: Sequence[Reading]) -> list[Correction]:
        alternatives = list(
            dict.fromkeys(each for reading in found for group in reading for each in group)
        )
        query = any_of(filter(None, map(query_of, found)))
        if not query:
            return []
        best: dict[tuple[str, ...], tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        for weight, numbers in LOOKED_AT.rows(
            query,
            array_of_texts(each.query for each in alternatives),
            narrowing=self.narrowing,
        ):
            present = {alternatives[number - 1] for number in numbers}
            for meant, penalty in _meant(found, present):
                best[meant] = max(best[meant], (weight * penalty, penalty))
        best.pop(self.words, None)
        ordered = sorted(best, key=lambda meant: (-best[meant][0], meant))
        most = _MOST_CORRECTIONS if len(self.words) == 1 else _MOST_BESIDE_CORRECTIONS
        return [Correction(meant, best[meant][1], best[meant][0]) for meant in ordered[:most]]


def _one_slip_from(slips: Mapping[str, set[str]], known: Mapping[str, float]) -> list[NearWord]:
    return [
        NearWord(word, slip, known[slip], PENALTY)
        for word, several in slips.items()
        for slip in sorted(several & known.keys())
        if slip != word
    ]


def _alike(words: Sequence[str]) -> list[NearWord]:
    long = [word for word in words if len(word) >= _TWO_SLIPS_FROM]
    rows = ALIKE_WORDS.rows(array_of_texts(long), PENALTY, _MOST_NEAR * len(long)) if long else []
    slips = [count_slips(near, word) for word, near, _ in rows]
    return [
        NearWord.of(row, PENALTY**count)
        for row, count in zip(rows, slips, strict=True)
        if count <= _MOST_SLIPS
    ]


def _sounding(words: Sequence[str]) -> list[NearWord]:
    return [
        NearWord.of(row, SOUND_PENALTY)
        for row in SOUNDING_WORDS.rows(array_of_texts(words), _MOST_NEAR)
    ]


def _may_be_slip(word: str) -> bool:
    return _SHORTEST <= len(word) <= _LONGEST and not word.isdecimal()


def _near(
    words: Sequence[str], rows: Iterable[NearWord], *, most: int
) -> Mapping[str, list[Alternative]]:
    """For each of the words those that are near, the likeliest first; none for no word."""
    found: dict[str, list[tuple[float, Alternative]]] = {word: [] for word in words}
    for word, near, weight, penalty in rows:
        found[word].append((penalty * weight, Alternative((near,), penalty)))
    return {word: _best(near, most) for word, near in found.items()}


def _best(near: list[tuple[float, Alternative]], most: int) -> list[Alternative]:
    near.sort(key=lambda row: -row[0])
    return [alternative for _, alternative in near[:most]]


def _meant(
    found: Sequence[Reading], present: set[Alternative]
) -> Iterable[tuple[tuple[str, ...], float]]:
    """By each of the readings, as far as the film has something for each word of it."""
    for reading in found:
        chosen = [
            next((each for each in group if each.is_common or each in present), None)
            for group in reading
        ]
        if None not in chosen:
            yield _joined([each for each in chosen if each])


def _joined(chosen: Sequence[Alternative]) -> tuple[tuple[str, ...], float]:
    penalty = 1.0
    for each in chosen:
        penalty *= each.penalty
    return tuple(word for each in chosen for word in each.words), penalty
