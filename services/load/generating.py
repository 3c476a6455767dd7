"""A platform's load from a seed: the same seed gives the same films and ratings, to the byte.

Who rates how much, which films and how well is drawn by `Population`: few films and few viewers
have most of the ratings, and scores follow tastes that a model can learn. Here films get titles
and genres, which follow those tastes too, and ratings their moments.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from services.imports.movielens_blocks import RatingBlock
from services.imports.movielens_files import LinkRow, MovieRow
from services.recommender.arrays import IntArray
from services.recommender.synthetic import BLOCK_USERS, Population

from .sizes import LoadSize, check

# All ratings are of the years before this moment (2026-01-01), whenever they are drawn.
END = 1_767_225_600
_DAY = 86_400
_LONGEST_MEMBERSHIP = 4 * 365 * _DAY
# Half of the viewers come back for less than so many days; a tenth for about a year.
_MEDIAN_DAYS, _DAYS_SPREAD = 20, 2.2
# What draws moments and films besides the number of a block.
_MOMENTS, _FILMS = 1, 2

_FIRST_YEAR, _LAST_YEAR = 1930, 2021
# The share of the years is steeper the later they are.
_YEARS_STEEPNESS = 0.4
_MOST_GENRES = 3
# Two for each taste of a population: what is at its one end and at its other.
_GENRES = (
    *("Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "Western"),
)
_QUALITIES = (
    *("Amber", "Broken", "Crimson", "Distant", "Endless", "Forgotten", "Gentle", "Hidden"),
    *("Iron", "Last", "Midnight", "Northern", "Open", "Quiet", "Restless", "Silent"),
)
_THINGS = (
    *("Archive", "Bridge", "Canyon", "Dance", "Empire", "Ferry", "Garden", "Harbour"),
    *("Island", "Journey", "Kingdom", "Letter", "Mirror", "Orchard", "River", "Station"),
)
# Beyond what IMDb and TMDb have given out, so that no film of theirs is taken for one of these.
FIRST_IMDB_ID, FIRST_TMDB_ID = 90_000_000, 900_000_000


@dataclass(frozen=True)
class Load:
    """Viewers and films are numbered from 1; each viewer has a rating or more."""

    size: LoadSize
    seed: int
    population: Population

    @classmethod
    def draw(cls, size: LoadSize, *, seed: int) -> Self:
        """Raises LoadSizeError."""
        check(size)
        population = Population.draw(
            users=size.viewers, items=size.films, ratings=size.ratings, seed=seed
        )
        histories = _adding_up(population.histories, size.ratings)
        return cls(size, seed, replace(population, histories=histories))

    @property
    def name(self) -> str:
        """Loads of other sizes or seeds are of other viewers; their films are the same."""
        size = self.size
        return f"{size.name}-{size.viewers}-{size.films}-{size.ratings}-seed-{self.seed}"

    def blocks(self) -> Iterator[RatingBlock]:
        """All ratings, ordered by viewer and film; memory holds one block of viewers."""
        return (self._block(number) for number in range(self.population.blocks))

    def _block(self, number: int) -> RatingBlock:
        scores = self.population.scores(number)
        counts = np.diff(scores.indptr).astype(np.int64)
        viewers = number * BLOCK_USERS + 1 + np.arange(counts.size)
        return RatingBlock(
            user_ids=np.repeat(viewers, counts),
            movie_ids=scores.indices.astype(np.int64) + 1,
            scores=scores.data.astype(np.int64),
            seconds=_moments(np.random.default_rng([self.seed, number, _MOMENTS]), counts),
        )

    def movies(self) -> Iterator[MovieRow]:
        rng = np.random.default_rng([self.seed, 0, _FILMS])
        genres = _genres(rng, self.population)
        late = rng.random(self.size.films) ** _YEARS_STEEPNESS
        years = _FIRST_YEAR + np.rint(late * (_LAST_YEAR - _FIRST_YEAR)).astype(int)
        words = rng.integers(0, len(_QUALITIES), (self.size.films, 2)).tolist()
        for number, ((quality, thing), year) in enumerate(zip(words, years, strict=True), 1):
            title = f"{_QUALITIES[quality]} {_THINGS[thing]} {number} ({year})"
            yield MovieRow(number, title, genres[number - 1])

    def links(self) -> Iterator[LinkRow]:
        for number in range(1, self.size.films + 1):
            yield LinkRow(number, f"tt{FIRST_IMDB_ID + number}", FIRST_TMDB_ID + number)


def _adding_up(histories: IntArray, ratings: int) -> IntArray:
    """The longest histories one longer or shorter, until all are as many as asked for."""
    longest = np.argsort(-histories, kind="stable")
    made = histories.copy()
    while missing := ratings - int(made.sum(dtype=np.int64)):
        made[longest[: abs(missing)]] += np.sign(missing)
    return made


def _genres(rng: np.random.Generator, population: Population) -> list[tuple[str, ...]]:
    """The ends of those tastes that a film speaks to most."""
    tastes = population.tastes
    pulls = np.hstack([tastes, -tastes])
    strongest = np.argsort(-pulls, axis=1, kind="stable")[:, :_MOST_GENRES]
    counts = rng.integers(1, _MOST_GENRES + 1, len(pulls))
    return [
        tuple(sorted(_GENRES[place] for place in places[:count]))
        for places, count in zip(strongest.tolist(), counts.tolist(), strict=True)
    ]


def _moments(rng: np.random.Generator, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole seconds; most of a viewer's ratings are of the time after joining."""
    membership = _DAY + rng.random(counts.size) * (_LONGEST_MEMBERSHIP - _DAY)
    days = _MEDIAN_DAYS * np.exp(_DAYS_SPREAD * rng.standard_normal(counts.size))
    stay = np.minimum(days * _DAY, membership)
    passed = rng.random(int(counts.sum())) ** 2 * np.repeat(stay, counts)
    moments: NDArray[np.int64] = (END - np.repeat(membership, counts) + passed).astype(np.int64)
    return moments
