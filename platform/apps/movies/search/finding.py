"""Films by words: those that have them, or else those that have what was probably meant."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from .corrections import Correction, Misread
from .queries import WordQuery
from .readings import SPACING_PENALTY
from .statements import (
    BEGINNING,
    EVERY_DOCUMENT,
    KNOWN_WORDS,
    MOST_BEGUN,
    MOST_FOUND,
    MOST_NAMED,
    SCORED,
    Narrowing,
)
from .words import array_of_texts, asked_words

# What is found with less is so little known, or has so little of the query, that other words may
# have been meant; and so may be those that no better known film has.
_CERTAIN = 1.2
_CERTAIN_WEIGHT = 2.0
# From here on nothing else is tried.
_LIKELY = 0.6
# What it costs to leave out a word, of how many at most.
_SHORTENED_PENALTY, _MOST_SHORTENED = 0.3, 6
# What is left has a word of so many letters: a number alone stands for nothing.
_TELLING_LETTERS = 3
_MOST_JOINED = 3
MOST_SHOWN = MOST_FOUND + MOST_NAMED
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of films, the best first, by the words that found them.

    `corrected`: these are others than were asked for, or, if no film was found, what may be meant.
    """

    movie_ids: tuple[int, ...]
    words: tuple[str, ...]
    corrected: bool = False

    @property
    def corrected_query(self) -> str | None:
        return " ".join(self.words) if self.corrected else None


@dataclass(frozen=True, slots=True)
class _Scored:
    """`likelihood`: how well the best film matches, by which queries are compared."""

    movie_ids: tuple[int, ...] = ()
    likelihood: float = 0.0
    is_named: bool = False

    @property
    def is_certain(self) -> bool:
        return self.is_named or self.likelihood >= _CERTAIN


@dataclass(frozen=True, slots=True)
class _Beginning:
    """Whether few films have a word that begins so, and the weight of the best of them."""

    is_rare: bool
    weight: float


def find(text: str, *, narrowing: Narrowing = EVERY_DOCUMENT, as_written: bool = False) -> Found:
    """`as_written`: nothing is corrected."""
    words = asked_words(text)
    return _Search(words, narrowing).find(as_written=as_written) if words else Found((), ())


class _Search:
    def __init__(self, words: tuple[str, ...], narrowing: Narrowing) -> None:
        self._words, self._narrowing = words, narrowing
        self._beginnings: dict[str, _Beginning] = {}
        self._scored: dict[tuple[str, ...], _Scored] = {}
        pairs = ["".join(pair) for pair in pairwise(words)]
        known = {row[0]: row[1:] for row in KNOWN_WORDS.rows(array_of_texts((*words, *pairs)))}
        self._weights = {word: weight for word, (weight, _) in known.items()}
        self._common = frozenset(word for word, (_, is_common) in known.items() if is_common)
        self._needed = self._needed_of(words)

    def find(self, *, as_written: bool) -> Found:
        asked = self._score(self._words)
        if asked.is_named or (as_written and asked.movie_ids):
            return Found(asked.movie_ids, self._words)
        meant = self._best_correction(asked)
        if meant is None:
            return Found(asked.movie_ids, self._words)
        instead, scored = meant
        if as_written:
            return Found((), instead, corrected=True)
        merged = dict.fromkeys((*scored.movie_ids, *asked.movie_ids))
        return Found(tuple(merged)[:MOST_SHOWN], instead, corrected=True)

    def _best_correction(self, asked: _Scored) -> tuple[tuple[str, ...], _Scored] | None:
        """The best of the first of the proposals that are of any use."""
        best: tuple[tuple[str, ...], _Scored] | None = None
        least = asked.likelihood
        for proposed in self._proposals(self._among_all(asked)):
            for meant in proposed:
                if meant.most <= least:
                    continue
                scored = self._score(meant.words)
                if scored.likelihood * meant.penalty > least:
                    best, least = (meant.words, scored), scored.likelihood * meant.penalty
            if best and (best[1].is_named or least >= _LIKELY):
                break
        return best

    def _among_all(self, asked: _Scored) -> _Scored:
        """Words are not misspelt because none of a few films has them."""
        if asked.is_certain or not self._narrowing.condition:
            return asked
        every_film = replace(EVERY_DOCUMENT, include_adult=self._narrowing.include_adult)
        return self._score_among(every_film, self._words)

    def _proposals(self, asked: _Scored) -> Iterator[Iterable[Correction]]:
        """What else may be meant by what is `asked` of all films; what is likely and fast first."""
        if asked.is_named:
            return
        yield self._joined()
        if asked.is_certain or not self._needed:
            return
        rare = tuple(word for word in self._needed if not self._is_known(word))
        if rare:
            yield from self._misread(rare).corrections()
        if asked.movie_ids:
            return
        # Words that are well known are seldom misspelt by more than a slip.
        slips = self._misread(self._needed).corrections() if rare != self._needed else iter([[]])
        yield chain(next(slips), self._shortened())

    def _is_known(self, word: str) -> bool:
        """Well known, that is, or the beginning of such a word, which is being typed."""
        is_last = word == self._words[-1]
        begun = self._beginning(word).weight if is_last else 0.0
        weight: float = max(begun, self._weights.get(word, 0.0))
        return weight >= _CERTAIN_WEIGHT

    def _joined(self) -> Iterator[Correction]:
        """With two words as one that is well known."""
        pairs = list(enumerate(pairwise(self._words)))
        known = [
            place
            for place, pair in pairs
            if self._weights.get("".join(pair), 0.0) >= _CERTAIN_WEIGHT
        ]
        for place in known[:_MOST_JOINED]:
            first, second, *rest = self._words[place:]
            yield Correction((*self._words[:place], first + second, *rest), SPACING_PENALTY)

    def _misread(self, doubtful: tuple[str, ...]) -> Misread:
        return Misread(
            words=self._words,
            doubtful=doubtful,
            common=self._common,
            narrowing=self._narrowing,
            is_last_begun=self._beginning(self._words[-1]).is_rare,
        )

    def _shortened(self) -> Iterator[Correction]:
        """Without one of the words."""
        if 1 < len(self._needed) <= _MOST_SHORTENED:
            for left_out in self._needed:
                rest = tuple(word for word in self._words if word != left_out)
                if any(len(word) >= _TELLING_LETTERS for word in self._needed_of(rest)):
                    yield Correction(rest, _SHORTENED_PENALTY)

    def _score(self, words: tuple[str, ...]) -> _Scored:
        if words not in self._scored:
            self._scored[words] = self._score_among(self._narrowing, words)
        return self._scored[words]

    def _score_among(self, narrowing: Narrowing, words: tuple[str, ...]) -> _Scored:
        query = WordQuery(
            words=words,
            needed=self._needed_of(words) or words,
            is_begun_everywhere=self._beginning(words[-1]).is_rare,
        )
        rows = SCORED.rows(*query.parameters(), narrowing=narrowing)
        if not rows:
            return _Scored()
        _, likelihood, is_named = rows[0]
        movie_ids = tuple(movie_id for movie_id, *_ in rows[:MOST_SHOWN])
        return _Scored(movie_ids, likelihood, is_named)

    def _needed_of(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Those that films must have; the first letter of a next word tells too little."""
        begun = words[-1] if len(words[-1]) == 1 and words[-1].isalpha() else None
        unneeded = self._common if begun is None else self._common | {begun}
        return tuple(dict.fromkeys(word for word in words if word not in unneeded))

    def _beginning(self, word: str) -> _Beginning:
        if word not in self._beginnings:
            (row,) = BEGINNING.rows(word, word + _LAST_CHARACTER, MOST_BEGUN)
            self._beginnings[word] = _Beginning(*row)
        return self._beginnings[word]
