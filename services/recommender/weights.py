"""How much a score of 1-10 weighs, in training and in a viewer's own profile.

Low ratings keep a small positive weight: a film somebody chose to watch tells about their taste
even if they did not like it. The curves are measured in docs/ALGORITHM.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from services.recommender.arrays import BoolArray, FloatArray

HIGHEST_SCORE = 10
LIKED_SCORE = 7
# What a like of which nothing else is known counts as: four of five stars.
PLAIN_LIKE = 8
# What a film counts as that was watched, and neither rated nor favourited: two and a half stars.
WATCHED_SCORE = 5

_STARS = (1.0, 2.0, 3.0, 4.0, 5.0)


@dataclass(frozen=True)
class GradeCurve:
    """A quantity given for 1, 2, 3, 4 and 5 stars (two points each), in between interpolated.

    An event whose score is 0 says nothing, whatever the curve.
    """

    stars: tuple[float, float, float, float, float]

    def __call__(self, scores: ArrayLike) -> FloatArray:
        """float32 of the scores' shape."""
        given = np.asarray(scores, np.float64)
        return np.where(given > 0, np.interp(given / 2, _STARS, self.stars), 0).astype(np.float32)


UNARY = GradeCurve((1.0, 1.0, 1.0, 1.0, 1.0))
TRAINING = GradeCurve((0.2, 0.4, 0.6, 0.8, 1.0))
FOLD_IN = GradeCurve((0.15, 0.3, 0.6, 1.0, 1.2))
# For a fold-in that lets what a viewer disliked speak against films like it.
AGAINST_DISLIKES = GradeCurve((-0.25, -0.25, 0.25, 1.0, 1.2))


def is_liked(scores: ArrayLike) -> BoolArray:
    """Whether a film may be named in "because you liked"."""
    return np.asarray(scores) >= LIKED_SCORE
