"""Which name of a film has the words that found it, and where in it they are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .names import KINDS, Kind, Name, names_with
from .numerals import NUMBERS, in_digits, in_words
from .queries import held
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


# Words that are in a name, and at which places among its words.
Places = Mapping[str, set[int]]


def matches(titles: Mapping[int, str], words: Sequence[str]) -> dict[int, Match]:
    """For each film the name with the most of the words; the last of these may be only begun.

    `titles` by the ids of the films. Other names are read of films whose title lacks a word.
    """
    plain_titles = plain(list(titles.values()))
    named = [
        Name(movie_id, "title", title, plain_title)
        for (movie_id, title), plain_title in zip(titles.items(), plain_titles, strict=True)
    ]
    best = {name.movie_id: (name, places_of(name, words)) for name in named}
    every = len(frozenset(words))
    lacking = [movie_id for movie_id, (_, found) in best.items() if len(found) < every]
    long = [word for word in words if len(word) > 1] or words
    others = names_with(lacking, long, held(long)) if lacking else []
    for name in sorted(others, key=lambda name: (KINDS.index(name.kind), name.text)):
        # Some films have a hundred names with one of the words.
        most = len(best[name.movie_id][1])
        if _may_have(name, words) > most and len(found := places_of(name, words)) > most:
            best[name.movie_id] = name, found
    return {movie_id: mark(name, found) for movie_id, (name, found) in best.items()}


def _may_have(name: Name, words: Sequence[str]) -> int:
    """How many of the words at most, as told by letters alone."""
    joined = "".join(parted(name.plain))
    return sum(word in NUMBERS or word in name.plain or word in joined for word in frozenset(words))


def mark(name: Name, found: Places) -> Match:
    """The name in parts, of words that match and others."""
    marked = {place for places in found.values() for place in places}
    parts: list[Part] = []
    end = 0
    for place, token in enumerate(WORD.finditer(name.text)):
        parts.append(Part(name.text[end : token.start()], is_match=False))
        parts.append(Part(token.group(), is_match=place in marked))
        end = token.end()
    parts.append(Part(name.text[end:], is_match=False))
    return Match(name.kind, tuple(_merged(parts)))


def places_of(name: Name, words: Sequence[str]) -> Places:
    """Of those of the words that are in the name."""
    found: dict[str, set[int]] = defaultdict(set)
    plain = parted(name.plain)
    # Few letters are several words when they are plain, such as ½; then it cannot be told where.
    if len(plain) != len(WORD.findall(name.text)):
        return found
    ways = zip(plain, in_digits(plain), in_words(plain), strict=True)
    for place, written in enumerate(ways):
        for word in words:
            if word in written or (word == words[-1] and written[0].startswith(word)):
                found[word].add(place)
    for word, places in _joined(plain, words):
        found[word].update(places)
    return found


def _joined(plain: Sequence[str], words: Sequence[str]) -> Iterator[tuple[str, range]]:
    """Those of the words that are several of the name as one, and which of them."""
    longest = max(map(len, words), default=0)
    for first, joined in enumerate(plain):
        for last in range(first + 1, min(first + _MOST_JOINED, len(plain))):
            joined += plain[last]  # noqa: PLW2901  # grows until it is too long
            if len(joined) > longest:
                break
            if joined in words:
                yield joined, range(first, last + 1)


def _merged(parts: Iterable[Part]) -> Iterable[Part]:
    """Without empty parts, and without two in a row that are alike."""
    merged: list[Part] = []
    for part in parts:
        if part.text and merged and merged[-1].is_match == part.is_match:
            merged[-1] = Part(merged[-1].text + part.text, is_match=part.is_match)
        elif part.text:
            merged.append(part)
    return merged
