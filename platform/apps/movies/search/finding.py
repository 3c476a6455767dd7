"""Films by words: those that have them, or else those that have what was probably meant."""

from collections.abc import Sequence
from dataclasses import dataclass

from .corrections import corrections
from .queries import WordQuery
from .statements import KNOWN_WORDS, SCORED
from .words import asked_words

# What is found with less is so little known, or has so little of the query, that other words may
# have been meant.
_CERTAIN_SCORE = 1.2


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
    """`narrowed`: lexemes that films must have besides; `as_written`: with these words alone."""
    words = asked_words(text)
    if not words:
        return Found((), ())
    common = _common(words)
    asked = _score(words, common, narrowed)
    if asked.is_certain or (as_written and asked.movie_ids):
        return Found(asked.movie_ids, words)
    meant = _best_correction(words, common, narrowed, asked.best_score)
    if meant is None:
        return Found(asked.movie_ids, words)
    instead, scored = meant
    if as_written:
        return Found((), instead, corrected=True)
    merged = dict.fromkeys((*scored.movie_ids, *asked.movie_ids))
    return Found(tuple(merged), instead, corrected=True)


def _best_correction(
    words: tuple[str, ...], common: frozenset[str], narrowed: Sequence[str], least: float
) -> tuple[tuple[str, ...], _Scored] | None:
    best: tuple[tuple[str, ...], _Scored] | None = None
    for meant, penalty in corrections(words, common=common, narrowed=narrowed):
        scored = _score(meant, common, narrowed)
        if scored.best_score * penalty > least:
            best, least = (meant, scored), scored.best_score * penalty
    return best


def _common(words: Sequence[str]) -> frozenset[str]:
    rows = KNOWN_WORDS.rows(list(words))
    return frozenset(word for word, _, is_common in rows if is_common)


def _score(words: tuple[str, ...], common: frozenset[str], narrowed: Sequence[str]) -> _Scored:
    needed = tuple(word for word in words if word not in common) or words
    query = WordQuery(words=words, needed=needed, narrowed=tuple(narrowed))
    rows = SCORED.rows(*query.parameters())
    if not rows:
        return _Scored()
    _, best_score, is_named = rows[0]
    return _Scored(tuple(movie_id for movie_id, *_ in rows), best_score, is_named)
