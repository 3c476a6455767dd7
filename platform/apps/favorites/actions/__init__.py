"""A viewer's own writes. Each bumps the viewer's Taste in the same transaction, row first.

The Taste row is locked before anything else, so the writes of one viewer run one after the
other and a refresh that reads the revision before the ratings never misses one.
"""

from .favorites import FavoriteAdded, add_favorite, remove_favorite
from .ratings import RatingSaved, change_rating, delete_rating, rate_movie
from .tastes import bump_taste, bump_tastes

__all__ = [
    "FavoriteAdded",
    "RatingSaved",
    "add_favorite",
    "bump_taste",
    "bump_tastes",
    "change_rating",
    "delete_rating",
    "rate_movie",
    "remove_favorite",
]
