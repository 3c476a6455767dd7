"""Scales of ratings: which one a file uses, and its ratings as scores of 1-10."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HIGHEST_SCORE = 10
LOWEST_SCORE = 1
STARS = 5
# Nobody grades with a single value, but everybody who only counts events writes one.
_UNGRADED = 1


class ScaleError(Exception):
    """Ratings that cannot be brought to scores; another scale or other data heal it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Ratings go up to `highest`; `detected` tells that the data said so."""

    highest: float
    detected: bool

    def __str__(self) -> str:
        if self.highest == STARS:
            return "up to 5 stars, doubled"
        if self.highest == HIGHEST_SCORE:
            return "up to 10, taken as they are"
        return f"up to {self.highest:g}, times {HIGHEST_SCORE / self.highest:.4g}"


def is_graded(ratings: NDArray[Any]) -> NDArray[np.bool_]:
    """Which ratings tell of an opinion: 0 tells of none, and so does the one value below it.

    Published sets write -1 for what was watched and not rated. Raises ScaleError where several
    values are below 0, which is a scale that reaches there, or where no rating is above it.
    """
    graded: NDArray[np.bool_] = ratings > 0
    if not graded.any():
        raise ScaleError("no rating is above 0, and 0 or less says that there was no opinion")
    negative = ratings[ratings < 0]
    if negative.size and negative.min() != negative.max():
        raise ScaleError(
            f"ratings reach down to {negative.min():g}: no score of 1 to 10 can be made of a scale "
            "that goes below 0"
        )
    return graded


def detect_scale(ratings: NDArray[Any]) -> Scale:
    """5 where no rating is above 5, 10 where none is above 10, else the highest rating.

    Raises ScaleError where no rating is above 1.
    """
    highest = float(ratings.max())
    if highest <= _UNGRADED:
        raise ScaleError(
            f"no rating is above {highest:g}: these seem to be events without a grade, and the "
            "protocols need graded ratings; where they are grades, say so with --scale"
        )
    steps = (STARS, HIGHEST_SCORE)
    return Scale(next((step for step in steps if highest <= step), highest), detected=True)


def named_scale(highest: int, ratings: NDArray[Any]) -> Scale:
    """The scale up to `highest`; raises ScaleError where a rating is above it."""
    if ratings.max() > highest:
        raise ScaleError(f"a rating of {ratings.max():g} is above the scale of {highest}")
    return Scale(highest, detected=False)


def to_scores(ratings: NDArray[np.float32], scale: Scale) -> NDArray[np.float32]:
    """Scores of 1-10, in place; a lower rating is a score of 1."""
    if scale.highest != HIGHEST_SCORE:
        # One after the other: a factor is rounded, and would take the highest rating above 10.
        ratings *= np.float32(HIGHEST_SCORE)
        ratings /= np.float32(scale.highest)
    return np.maximum(ratings, np.float32(LOWEST_SCORE), out=ratings)
