"""The same lists made in several ways, one after another in each round.

Seconds are those of the processor, all threads together: a busy machine does not change whom it
favours, and a library that used more than the one thread it was given would gain nothing by it.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.pipeline.candidates import NOTHING

ROUNDS = 5

Lists = Callable[[], IntArray]


def race(makers: Mapping[str, Lists], *, viewers: int) -> list[dict[str, Any]]:
    """Seconds of each, taken in turn; a round's ratio is to the first of the same round.

    `same_films` is which part of the first one's lists the others hold as well.
    """
    expected = next(iter(makers.values()))()
    same = {name: overlap(expected, make()) for name, make in makers.items()}
    rounds = [{name: _seconds(make) for name, make in makers.items()} for _ in range(ROUNDS)]
    first = next(iter(makers))
    return [
        _row(
            name,
            np.array([each[name] for each in rounds]),
            np.array([each[name] / each[first] for each in rounds]),
            viewers=viewers,
            same_films=same[name],
        )
        for name in makers
    ]


def overlap(expected: IntArray, found: IntArray) -> float:
    """Mean share of the films of each row of `expected` that are in the same row of `found`."""
    shares = [
        np.isin(ours[ours != NOTHING], theirs).mean()
        for ours, theirs in zip(expected, found, strict=True)
    ]
    return float(np.mean(shares))


def _row(
    name: str, seconds: FloatArray, ratios: FloatArray, *, viewers: int, same_films: float
) -> dict[str, Any]:
    median = float(np.median(seconds))
    return {
        "what": name,
        "median_seconds": median,
        "viewers_per_second": viewers / median,
        "times_ours": float(np.median(ratios)),
        "least_times_ours": float(ratios.min()),
        "most_times_ours": float(ratios.max()),
        "same_films": same_films,
    }


def _seconds(make: Lists) -> float:
    started = time.process_time()
    make()
    return time.process_time() - started
