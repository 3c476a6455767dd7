"""What well known films are called elsewhere, and what invented films are about."""

import random
from collections.abc import Iterator, Sequence

from tests.benchmarks.search.facts import Facts
from tests.benchmarks.search.real import RealFilm
from tests.benchmarks.search.titles import InventedFilm, Inventor, titles_of

LEAST_VOTES = 100
LEAST_VOTES_FOR_KEYWORDS = 10
ALTERNATIVE_TITLES = 8
KEYWORDS = 6
# So large a part of the titles elsewhere is the film's own.
UNCHANGED = 0.25
# ISO 639-1, and a country in which it is spoken.
LOCALES = (
    *(("ar", "SA"), ("bg", "BG"), ("cs", "CZ"), ("da", "DK"), ("de", "DE")),
    *(("el", "GR"), ("es", "ES"), ("fa", "IR"), ("fi", "FI"), ("fr", "FR")),
    *(("he", "IL"), ("hu", "HU"), ("it", "IT"), ("ja", "JP"), ("ko", "KR")),
    *(("nl", "NL"), ("pl", "PL"), ("pt", "BR"), ("ro", "RO"), ("ru", "RU")),
    *(("sv", "SE"), ("th", "TH"), ("tr", "TR"), ("uk", "UA"), ("zh", "CN")),
)


class OtherNames:
    """Draws by a generator of its own: the films stay the same with and without these."""

    def __init__(self, real: Sequence[RealFilm], facts: Facts, *, seed: int) -> None:
        self._rng = random.Random(seed)
        # Words of other languages, by which none of them comes to be called like another real film.
        foreign = [film.original_title for film in real if film.original_title != film.title]
        self._inventor = Inventor(foreign, taken=titles_of(real), rng=self._rng)
        # A keyword is here as often as real films have it.
        self._keywords = [facts.keywords[name] for film in real for _, name in film.keywords]

    def translations(self, film: RealFilm | InventedFilm) -> Iterator[tuple[str, str, str]]:
        """Language, country and title."""
        if film.vote_count >= LEAST_VOTES:
            for language, country in LOCALES:
                yield language, country, self._title(film.title)

    def alternatives(self, film: RealFilm | InventedFilm) -> Iterator[tuple[str, str]]:
        """Country and title."""
        if film.vote_count >= LEAST_VOTES:
            for _ in range(ALTERNATIVE_TITLES):
                _, country = self._rng.choice(LOCALES)
                yield country, self._title(film.title)

    def keywords(self, film: InventedFilm) -> list[int]:
        drawn: set[int] = set()
        if film.vote_count >= LEAST_VOTES_FOR_KEYWORDS:
            while len(drawn) < KEYWORDS:
                drawn.add(self._rng.choice(self._keywords))
        return sorted(drawn)

    def _title(self, title: str) -> str:
        return title if self._rng.random() < UNCHANGED else self._inventor.renamed(title)
