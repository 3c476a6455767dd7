"""Which name of a film has the words that found it, and where in it they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .names import KINDS, Kind, Name, names_with
from .numerals import in_digits, in_words
from .words import WORD, parted, plain

# A word of the query may be so many of the name, with signs between: `mash` is M*A*S*H.
_MOST_JOINED = 5


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Match:
    """The name as it is written, in parts; none of them matches where an acronym did."""

    field: Kind
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


def matches(titles: Mapping[int, str], words: Sequence[str]) -> dict[int, Match]:
    """For each film the name with the most of the words; the last of these may be only begun.

    `titles` by the ids of the films. Other names are read of films whose title lacks a word.
    """
    plain_titles = plain(list(titles.values()))
    best = {
        movie_id: mark(Name(movie_id, "title", title, plain_title), words)
        for (movie_id, title), plain_title in zip(titles.items(), plain_titles, strict=True)
    }
    wanted = frozenset(words)
    lacking = [movie_id for movie_id, (found, _) in best.items() if found < wanted]
    long = [word for word in words if len(word) > 1] or words
    others = names_with(lacking, long) if lacking else []
    for name in sorted(others, key=lambda name: (KINDS.index(name.kind), name.text)):
        found, _ = best[name.movie_id]
        # Some films have a hundred names with the words.
        if found < wanted:
            marked = mark(name, words)
            if len(marked[0]) > len(found):
                best[name.movie_id] = marked
    return {movie_id: match for movie_id, (_, match) in best.items()}


def mark(name: Name, words: Sequence[str]) -> tuple[frozenset[str], Match]:
    """The words that are in the name, and where."""
    tokens = list(WORD.finditer(name.text))
    plain = parted(name.plain)
    # Few letters are several words when they are plain, such as ½; then it cannot be told where.
    found = _places(plain, words) if len(plain) == len(tokens) else {}
    marked = {place for places in found.values() for place in places}
    parts: list[Part] = []
    end = 0
    for place, token in enumerate(tokens):
        parts.append(Part(name.text[end : token.start()], is_match=False))
        parts.append(Part(token.group(), is_match=place in marked))
        end = token.end()
    parts.append(Part(name.text[end:], is_match=False))
    return frozenset(found), Match(name.kind, tuple(_merged(parts)))


def _places(plain: Sequence[str], words: Sequence[str]) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    ways = zip(plain, in_digits(plain), in_words(plain), strict=True)
    for place, written in enumerate(ways):
        for word in words:
            if word in written or (word == words[-1] and written[0].startswith(word)):
                found[word].add(place)
    for first in range(len(plain)):
        for last in range(first + 2, min(first + _MOST_JOINED, len(plain)) + 1):
            joined = "".join(plain[first:last])
            if joined in words:
                found[joined].update(range(first, last))
    return found


def _merged(parts: Iterable[Part]) -> Iterable[Part]:
    """Without empty parts, and without two in a row that are alike."""
    merged: list[Part] = []
    for part in parts:
        if part.text and merged and merged[-1].is_match == part.is_match:
            merged[-1] = Part(merged[-1].text + part.text, is_match=part.is_match)
        elif part.text:
            merged.append(part)
    return merged
