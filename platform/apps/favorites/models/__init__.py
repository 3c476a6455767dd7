"""What a viewer did with films, and how far the viewer's list has seen it."""

from apps.core.movie_states import MAX_SCORE, MIN_SCORE

from .opinions import Favorite, NotInterested, Rating
from .tastes import IdempotencyKey, Taste
from .watching import WHOLE, WatchEntry, WatchlistEntry

__all__ = [
    "MAX_SCORE",
    "MIN_SCORE",
    "WHOLE",
    "Favorite",
    "IdempotencyKey",
    "NotInterested",
    "Rating",
    "Taste",
    "WatchEntry",
    "WatchlistEntry",
]
