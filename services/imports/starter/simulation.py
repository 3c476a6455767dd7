"""Simulated viewers, nobody real: what they like and what they rate, drawn from a seed.

Each viewer is at home in one circle of films and drawn to two others near it, follows some series
and directors more than others, likes some genres more than others, is of one age and more or less
open to other languages. What a viewer has seen follows from that taste and from a film's fame; the
scores follow from the taste and noise. Tuned by reading lists, see docs/ALGORITHM.md.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from .films import StarterFilm

VIEWERS = 400
FEWEST_RATINGS, MOST_RATINGS = 15, 60
LONGEST_MEMBERSHIP_DAYS = 730
_SEED = 2026
_SHORTEST_MEMBERSHIP_DAYS = 30
_SECONDS_PER_DAY = 86_400

# How much a viewer likes the home circle and the two others, in units of taste.
_CIRCLE_WEIGHTS = (5.5, 5.0, 4.5)
# Circles without a film in common are still chosen together now and then.
_KINSHIP_OF_STRANGERS = 0.1
# How much a viewer likes the films of a series on average, and by how much tastes differ in genres
# and in films of other languages.
_SERIES_SPREAD = 1.2
_GENRE_SPREAD, _FOREIGN_SPREAD = 0.3, 0.3
# Tastes keep to the films of one's time.
_BEST_YEAR, _BEST_YEAR_SPREAD, _LOSS_PER_DECADE = 1995, 12, 0.1
# The most famous film is seen e ** _FAME times as often as the least famous one.
_FAME = 1.3
_CALIBRATIONS = 10
_MEAN_SCORE, _POINTS_PER_TASTE, _NOISE, _LENIENCY_SPREAD = 5.3, 0.5, 1.1, 0.5
_LOWEST, _HIGHEST, _FAVORITE_SCORE, _FAVORITE_CHANCE = 1, 10, 9, 0.5

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What all simulated viewers did.

    `home` and `joined` have one entry for each viewer: the number of the circle and seconds
    before now. The others are parallel, one entry for each rating, ordered by viewer:
    numbers of viewers and films from 0, scores of 1-10, whether it is a favourite too, and
    seconds before now.
    """

    home: Ints
    joined: Ints
    viewers: Ints
    films: Ints
    scores: Ints
    is_favorite: NDArray[np.bool_]
    ages: Ints


def read_circles() -> dict[str, list[str]]:
    """Titles of films that the same people love, by the name of the circle."""
    return _read_groups()["circles"]


def read_series() -> dict[str, list[str]]:
    """Titles of films that continue one another or share a director, by name."""
    return _read_groups()["series"]


def _read_groups() -> dict[str, dict[str, list[str]]]:
    with files(__package__).joinpath("circles.toml").open("rb") as file:
        return tomllib.load(file)


def simulate(films: Sequence[StarterFilm], *, viewers: int = VIEWERS) -> Simulation:
    """The same viewers each time; `films` are ordered most famous first."""
    rng = np.random.default_rng(_SEED)
    membership = _memberships(films, read_circles())
    home, circles = _choose_circles(rng, membership, viewers)
    taste = _love_of_circles(circles, membership) + _general_taste(rng, films, viewers)
    taste += _love_of_series(rng, films, viewers)
    seen = _choose_seen(rng, taste)
    viewer, film = np.nonzero(seen)
    scores = _score(rng, taste, viewer, film)
    likes = (scores >= _FAVORITE_SCORE) & (rng.random(scores.size) < _FAVORITE_CHANCE)
    longest, shortest = LONGEST_MEMBERSHIP_DAYS, _SHORTEST_MEMBERSHIP_DAYS
    joined = rng.integers(shortest * _SECONDS_PER_DAY, longest * _SECONDS_PER_DAY, viewers)
    ages = (rng.random(scores.size) * joined[viewer]).astype(np.int64)
    return Simulation(
        home=home,
        joined=joined,
        viewers=viewer,
        films=film,
        scores=scores,
        is_favorite=likes,
        ages=ages,
    )


def _memberships(films: Sequence[StarterFilm], groups: dict[str, list[str]]) -> Floats:
    """1 where the group (row) holds the film (column)."""
    titles = [film.title for film in films]
    rows = [np.isin(titles, members) for members in groups.values()]
    return np.array(rows, np.float64)


def _choose_circles(
    rng: np.random.Generator, membership: Floats, viewers: int
) -> tuple[Ints, Floats]:
    """The home circle of each viewer, and the weights of all circles (columns) for each."""
    count = len(membership)
    home = rng.permutation(np.arange(viewers) % count)
    shared = membership @ membership.T / membership.sum(axis=1)
    log_kinship = np.log(shared + _KINSHIP_OF_STRANGERS)
    np.fill_diagonal(log_kinship, -np.inf)
    others = _draw(rng, log_kinship[home])
    weights = np.zeros((viewers, count))
    chosen = np.column_stack([home, others[:, : len(_CIRCLE_WEIGHTS) - 1]])
    np.put_along_axis(weights, chosen, np.array(_CIRCLE_WEIGHTS), axis=1)
    return home, weights


def _love_of_circles(circles: Floats, membership: Floats) -> Floats:
    """What the dearest of a viewer's circles (rows) that hold a film (columns) is worth."""
    loves = [(row[row > 0, None] * membership[row > 0]).max(axis=0) for row in circles]
    return np.array(loves)


def _love_of_series(rng: np.random.Generator, films: Sequence[StarterFilm], viewers: int) -> Floats:
    membership = _memberships(films, read_series())
    loves: Floats = rng.exponential(_SERIES_SPREAD, (viewers, len(membership)))
    # A film of two series is not loved twice as much.
    liked: Floats = loves @ membership / np.sqrt(np.maximum(membership.sum(axis=0), 1))
    return liked


def _draw(rng: np.random.Generator, log_weights: Floats) -> Ints:
    """Columns of each row in the order of a weighted draw without replacement (Gumbel top-k)."""
    return np.argsort(-(log_weights + rng.gumbel(size=log_weights.shape)), axis=1)


def _general_taste(rng: np.random.Generator, films: Sequence[StarterFilm], viewers: int) -> Floats:
    genres = sorted({genre for film in films for genre in film.genres})
    has_genre = np.array([[genre in film.genres for genre in genres] for film in films], float)
    has_genre /= np.sqrt(has_genre.sum(axis=1, keepdims=True))
    is_foreign = np.array([film.original_language != "en" for film in films])
    likes_genre = rng.normal(0, _GENRE_SPREAD, (viewers, len(genres)))
    best_years = rng.normal(_BEST_YEAR, _BEST_YEAR_SPREAD, (viewers, 1))
    decades_off = np.abs(np.array([film.year for film in films]) - best_years) / 10
    likes_foreign = rng.normal(0, _FOREIGN_SPREAD, (viewers, 1))
    taste: Floats = likes_genre @ has_genre.T
    taste += likes_foreign * is_foreign - _LOSS_PER_DECADE * decades_off
    return taste


def _choose_seen(rng: np.random.Generator, taste: Floats) -> NDArray[np.bool_]:
    """Which films (columns) each viewer has rated: those to their taste and the famous first."""
    viewers, films = taste.shape
    counts = rng.integers(FEWEST_RATINGS, MOST_RATINGS + 1, (viewers, 1))
    order = _draw(rng, taste + _fame(taste, counts))
    seen = np.zeros(taste.shape, np.bool_)
    np.put_along_axis(seen, order, np.arange(films) < counts, axis=1)
    return seen


def _fame(taste: Floats, counts: Ints) -> Floats:
    """What to add to each film's taste so that fame alone decides how many have seen it.

    Otherwise films of many circles would be the most popular ones.
    """
    films = taste.shape[1]
    viewers = np.exp(_FAME * (1 - np.sqrt(np.linspace(0, 1, films))))
    viewers *= counts.sum() / viewers.sum()
    fame = np.zeros(films)
    for _ in range(_CALIBRATIONS):
        weights = np.exp(taste + fame)
        expected = 1 - np.exp(-counts * weights / weights.sum(axis=1, keepdims=True))
        fame += np.log(viewers / expected.sum(axis=0))
    return fame


def _score(rng: np.random.Generator, taste: Floats, viewer: Ints, film: Ints) -> Ints:
    leniency = rng.normal(0, _LENIENCY_SPREAD, len(taste))[viewer]
    noise = rng.normal(0, _NOISE, viewer.size)
    points = _MEAN_SCORE + leniency + _POINTS_PER_TASTE * taste[viewer, film] + noise
    return np.clip(np.rint(points), _LOWEST, _HIGHEST).astype(np.int64)
