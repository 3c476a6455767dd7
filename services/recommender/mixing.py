"""Numbers scrambled into others that look random, each the same whenever it is asked."""

import numpy as np

from services.recommender.arrays import IntArray

# The step of SplitMix64 (Steele, Lea & Flood 2014): 2^64 divided by the golden ratio.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mixed(bits: IntArray) -> IntArray:
    """The finaliser of SplitMix64, uint64 of the same shape: every bit depends on all others."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    scrambled: IntArray = bits ^ (bits >> np.uint64(31))
    return scrambled
