"""Films by words: those that have them, or else those that have what was probably meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .corrections import Correction, Misread
from .queries import SHORTEST_BEGINNING, WordQuery
from .readings import SPACING_PENALTY
from .statements import IS_RARE_BEGINNING, KNOWN_WORDS, MOST_BEGUN, SCORED
from .words import asked_words

# What is found with less is so little known, or has so little of the query, that other words may
# have been meant; and so may be those that no better known film has.
_CERTAIN_SCORE = 1.2
_CERTAIN_WEIGHT = 2.0
# What it costs to leave out a word, of how many at most.
_SHORTENED_PENALTY, _MOST_SHORTENED = 0.3, 6
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
    movie_ids: tuple[int, ...] = ()
    best_score: float = 0.0
    is_named: bool = False

    @property
    def is_certain(self) -> bool:
        return self.is_named or self.best_score >= _CERTAIN_SCORE


def find(text: str, *, narrowed: Sequence[str] = (), as_written: bool = False) -> Found:
    """`narrowed`: lexemes that films must have besides; `as_written`: nothing is corrected."""
    words = asked_words(text)
    return _Search(words, tuple(narrowed)).find(as_written=as_written) if words else Found((), ())


class _Search:
    def __init__(self, words: tuple[str, ...], narrowed: tuple[str, ...]) -> None:
        self._words, self._narrowed = words, narrowed
        pairs = ["".join(pair) for pair in pairwise(words)]
        known = {row[0]: row[1:] for row in KNOWN_WORDS.rows([*words, *pairs])}
        self._weights = {word: weight for word, (weight, _) in known.items()}
        self._common = frozenset(word for word, (_, is_common) in known.items() if is_common)
        self._needed = tuple(dict.fromkeys(word for word in words if word not in self._common))

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
        return Found(tuple(merged), instead, corrected=True)

    def _best_correction(self, asked: _Scored) -> tuple[tuple[str, ...], _Scored] | None:
        """The first that is found by name, or well; else the best."""
        best: tuple[tuple[str, ...], _Scored] | None = None
        least = asked.best_score
        for proposed in self._proposals(asked):
            for meant, penalty in proposed:
                scored = self._score(meant)
                if scored.best_score * penalty > least:
                    best, least = (meant, scored), scored.best_score * penalty
            if best and (best[1].is_named or least >= _CERTAIN_SCORE):
                break
        return best

    def _proposals(self, asked: _Scored) -> Iterator[list[Correction]]:
        """What else may be meant; what is likely and fast comes first."""
        yield list(self._joined())
        if asked.is_certain:
            return
        rare = tuple(w for w in self._needed if self._weights.get(w, 0.0) < _CERTAIN_WEIGHT)
        if rare or not asked.movie_ids:
            yield from self._misread(rare).corrections()
        if not asked.movie_ids:
            if rare != self._needed:
                yield from self._misread(self._needed).corrections()
            yield list(self._shortened())

    def _joined(self) -> Iterator[Correction]:
        """With two words as one that is well known."""
        for place, pair in enumerate(pairwise(self._words)):
            if self._weights.get("".join(pair), 0.0) >= _CERTAIN_WEIGHT:
                rest = self._words[place + 2 :]
                yield (*self._words[:place], "".join(pair), *rest), SPACING_PENALTY

    def _misread(self, doubtful: tuple[str, ...]) -> Misread:
        return Misread(
            words=self._words,
            doubtful=doubtful,
            common=self._common,
            narrowed=self._narrowed,
            is_last_begun=_is_rare_beginning(self._words[-1]),
        )

    def _shortened(self) -> Iterator[Correction]:
        """Without one of the words."""
        if 1 < len(self._needed) <= _MOST_SHORTENED:
            for left_out in self._needed:
                yield tuple(word for word in self._words if word != left_out), _SHORTENED_PENALTY

    def _score(self, words: tuple[str, ...]) -> _Scored:
        query = WordQuery(
            words=words,
            needed=tuple(word for word in words if word not in self._common) or words,
            narrowed=self._narrowed,
            is_begun_everywhere=_is_rare_beginning(words[-1]),
        )
        rows = SCORED.rows(*query.parameters())
        if not rows:
            return _Scored()
        _, best_score, is_named = rows[0]
        return _Scored(tuple(movie_id for movie_id, *_ in rows), best_score, is_named)


def _is_rare_beginning(word: str) -> bool:
    if len(word) < SHORTEST_BEGINNING:
        return False
    ((is_rare,),) = IS_RARE_BEGINNING.rows(word, word + _LAST_CHARACTER, MOST_BEGUN)
    return bool(is_rare)
