"""What viewers did long ago tells less about what they want now."""

from dataclasses import dataclass, replace

import numpy as np

from services.recommender.arrays import FloatArray
from services.recommender.viewers import Viewers


@dataclass(frozen=True)
class RecencySettings:
    """half_life: Days after which an event counts half; None lets nothing fade, and no other value
        that was tried is better (docs/ALGORITHM.md).
    floor: Part of an event that counts however long ago it was.
    """

    half_life: float | None = None
    floor: float = 0.2

    def __post_init__(self) -> None:
        if self.half_life is not None and self.half_life <= 0:
            raise ValueError("half_life must be positive")
        if not 0 <= self.floor <= 1:
            raise ValueError("floor must be a part of 1")


def recency(ages: FloatArray, *, half_life: float, floor: float) -> FloatArray:
    """The part of events that still counts after `ages` days: halved each `half_life` days.

    float32 of the same shape, never below `floor`; an age that is not known (NaN) loses nothing.
    """
    known = np.nan_to_num(np.asarray(ages, np.float64), nan=0.0).clip(min=0)
    return np.maximum(np.exp2(-known / half_life), floor).astype(np.float32)


def fade(viewers: Viewers, ages: FloatArray, settings: RecencySettings) -> Viewers:
    """The viewers with each event weighed by its age in days, NaN where that is not known."""
    if settings.half_life is None:
        return viewers
    decay = recency(ages, half_life=settings.half_life, floor=settings.floor)
    return replace(viewers, decay=decay if viewers.decay is None else viewers.decay * decay)
