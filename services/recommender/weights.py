"""How much a score of 1-10 weighs, in training and in a viewer's own profile.

Low ratings keep a small positive weight: a film somebody chose to watch tells about their taste
even if they did not like it. Both maps are measured in docs/ALGORITHM.md.
"""

import numpy as np
from numpy.typing import ArrayLike

from services.recommender.arrays import BoolArray, FloatArray

HIGHEST_SCORE = 10
LIKED_SCORE = 7
FAVORITE_WEIGHT = 1.2

# Weight of 1, 2, 3, 4 and 5 stars (two points each); scores between are interpolated.
_STARS = (1.0, 2.0, 3.0, 4.0, 5.0)
_FOLD_IN = (0.15, 0.3, 0.6, 1.0, 1.2)


def train_weights(scores: ArrayLike) -> FloatArray:
    """Weight of a rating in the Gram matrix: score / 10."""
    return np.asarray(scores, np.float32) / np.float32(HIGHEST_SCORE)


def fold_in_weights(scores: ArrayLike) -> FloatArray:
    """Weight of a rating in its viewer's profile; a like counts about 1."""
    return np.interp(np.asarray(scores, np.float64) / 2, _STARS, _FOLD_IN).astype(np.float32)


def is_liked(scores: ArrayLike) -> BoolArray:
    """Whether a film may be named in "because you liked"."""
    return np.asarray(scores) >= LIKED_SCORE
