"""Grade curves as arrays of a stored model."""

import numpy as np

from services.recommender.arrays import FloatArray
from services.recommender.weights import GradeCurve


def to_array(curve: GradeCurve) -> FloatArray:
    return np.asarray(curve.stars, np.float64)


def from_array(array: FloatArray) -> GradeCurve:
    one, two, three, four, five = array.tolist()
    return GradeCurve((one, two, three, four, five))
