"""What a viewer did with films and searches by, and how far the viewer's list has seen it."""

from apps.core.movie_states import MAX_SCORE, MIN_SCORE

from .opinions import Favorite, NotInterested, Rating
from .searches import LONGEST_NAME, SavedSearch
from .tastes import IdempotencyKey, Taste
from .watching import WHOLE, WatchEntry, WatchlistEntry

__all__ = [
    "LONGEST_NAME",
    "MAX_SCORE",
    "MIN_SCORE",
    "WHOLE",
    "Favorite",
    "IdempotencyKey",
    "NotInterested",
    "Rating",
    "SavedSearch",
    "Taste",
    "WatchEntry",
    "WatchlistEntry",
]
