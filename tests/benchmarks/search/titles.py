"""Invented titles around the real ones: the words are as frequent as they really are."""

import random
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from tests.benchmarks.search.real import RealFilm
from tests.benchmarks.search.votes import Votes
from tests.benchmarks.search.words import WORD, words_of

FIRST_TMDB_ID = 900_000_001
FIRST_YEAR, LAST_YEAR = 1920, 2026
# The higher, the more films are new ones.
RECENCY = 2.5

# Words such as "the" and "of" stay where they are, and so as frequent as they are.
STAYING = 40
# Of titles of one word, and of those of several, so large a part gets a novel word: a fifth of all.
NOVEL_OF_ONE, NOVEL_OF_SEVERAL = 0.4, 0.15
SPLICED_OF_ONE, SPLICED_OF_SEVERAL = 0.3, 0.25
# The others are names that occur once more, or many times.
NOVEL_AGAIN = 0.2
SECOND_WORD = 0.5
RARE_LETTERS = 4
LONGEST = 150
# A script of fewer titles gives too few words to make others of.
LEAST_OF_SCRIPT = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class InventedFilm:
    """`model` is the real film whose title was changed."""

    tmdb_id: int
    title: str
    original_title: str
    year: int
    vote_count: int
    popularity: float
    model: RealFilm


class Inventor:
    """Changes titles by each other's words; no result is one of those that are `taken`."""

    def __init__(
        self, titles: Sequence[str], *, taken: Collection[str], rng: random.Random
    ) -> None:
        self._titles = titles
        self._taken = taken
        self._rng = rng
        counts = Counter(word for title in titles for word in words_of(title))
        self._staying = {word for word, _ in counts.most_common(STAYING)}
        # A word is here as often as it occurs, so that it is drawn so often.
        self._words = [
            word
            for title in titles
            for word in WORD.findall(title)
            if word.casefold() not in self._staying
        ]
        self._different = sorted(set(self._words))
        self._rare = [
            word
            for word in self._different
            if counts[word.casefold()] == 1 and len(word) >= RARE_LETTERS
        ]
        self._novel: list[str] = []

    def changed(self, title: str) -> str:
        while True:
            result = self._change(title)
            if len(result) <= LONGEST and result.casefold() not in self._taken:
                return result

    def renamed(self, title: str) -> str:
        """With some of its words replaced, whatever their number, and no novel ones."""
        words = list(WORD.finditer(title))
        while True:
            result = self._by_other_words(title, words)
            if result.casefold() not in self._taken:
                return result

    def _change(self, title: str) -> str:
        words = list(WORD.finditer(title))
        is_one = len(words) == 1
        chance = self._rng.random()
        novel = NOVEL_OF_ONE if is_one else NOVEL_OF_SEVERAL
        if chance < novel:
            return self._replace(title, [self._rng.choice(self._changing(words))], novel=True)
        if chance < novel + (SPLICED_OF_ONE if is_one else SPLICED_OF_SEVERAL):
            return self._splice(title, words)
        return self._by_other_words(title, words)

    def _by_other_words(self, title: str, words: list[re.Match[str]]) -> str:
        if len(words) == 1:
            # By frequency there would be hundreds of films of one frequent word.
            return _put(title, words[0], self._rng.choice(self._different))
        changing = self._changing(words)
        count = 1 + (len(changing) > 1 and self._rng.random() < SECOND_WORD)
        return self._replace(title, self._rng.sample(changing, count))

    def _changing(self, words: list[re.Match[str]]) -> list[re.Match[str]]:
        return [word for word in words if word[0].casefold() not in self._staying] or words

    def _replace(self, title: str, words: list[re.Match[str]], *, novel: bool = False) -> str:
        # From the last on, so that the places of those before stay right.
        for word in sorted(words, key=re.Match.start, reverse=True):
            title = _put(
                title, word, self._novel_word() if novel else self._rng.choice(self._words)
            )
        return title

    def _splice(self, title: str, words: list[re.Match[str]]) -> str:
        other = self._rng.choice(self._titles)
        end = self._rng.choice(words).end()
        start = self._rng.choice(list(WORD.finditer(other))).start()
        return f"{title[:end]} {other[start:]}"

    def _novel_word(self) -> str:
        if self._novel and self._rng.random() < NOVEL_AGAIN:
            word = self._rng.choice(self._novel)
        else:
            first, last = self._rng.choice(self._rare), self._rng.choice(self._rare)
            middle = self._rng.randint(2, len(first) - 2)
            word = first[:middle] + last[self._rng.randint(2, len(last) - 2) :].lower()
        self._novel.append(word)
        return word


def _put(title: str, word: re.Match[str], other: str) -> str:
    return title[: word.start()] + other + title[word.end() :]


class OriginalInventor:
    """Changes original titles by the words of those in the same script, where there are enough."""

    def __init__(
        self, titles: Sequence[str], *, taken: Collection[str], rng: random.Random
    ) -> None:
        by_script: defaultdict[str, list[str]] = defaultdict(list)
        for title in titles:
            by_script[script_of(title)].append(title)
        self._inventors = {
            script: Inventor(several, taken=taken, rng=rng)
            for script, several in by_script.items()
            if script and len(several) >= LEAST_OF_SCRIPT
        }

    def changed(self, title: str) -> str | None:
        inventor = self._inventors.get(script_of(title))
        return inventor.changed(title) if inventor else None


def script_of(title: str) -> str:
    """The first word of the name of the first letter: LATIN, CYRILLIC, HANGUL; else empty."""
    letter = next((each for each in title if each.isalpha()), "")
    return unicodedata.name(letter, "").partition(" ")[0] if letter else ""


def has_own_original(film: RealFilm) -> bool:
    return film.original_title.casefold() != film.title.casefold()


def titles_of(real: Sequence[RealFilm]) -> set[str]:
    """In no case of letters."""
    return {each.casefold() for film in real for each in (film.title, film.original_title)}


def invent(real: Sequence[RealFilm], count: int, *, seed: int) -> Iterator[InventedFilm]:
    rng = random.Random(seed)
    taken = titles_of(real)
    titles = Inventor([film.title for film in real], taken=taken, rng=rng)
    foreign = [film.original_title for film in real if has_own_original(film)]
    originals = OriginalInventor(foreign, taken=taken, rng=rng)
    votes = Votes((film.vote_count for film in real), invented=max(count, 1), rng=rng)
    for tmdb_id in range(FIRST_TMDB_ID, FIRST_TMDB_ID + count):
        model = rng.choice(real)
        title = titles.changed(model.title)
        original = originals.changed(model.original_title) if has_own_original(model) else None
        vote_count = votes.draw()
        yield InventedFilm(
            tmdb_id=tmdb_id,
            title=title,
            original_title=original or title,
            year=LAST_YEAR - int((LAST_YEAR - FIRST_YEAR + 1) * rng.random() ** RECENCY),
            vote_count=vote_count,
            popularity=votes.popularity(vote_count),
            model=model,
        )
