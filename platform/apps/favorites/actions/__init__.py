"""A viewer's own writes. Each bumps the viewer's Taste in the same transaction, row first.

Those of saved searches only lock it: no list depends on them.

The Taste row is locked before anything else, so the writes of one viewer run one after the
other and a refresh that reads the revision before the ratings never misses one.
"""

from .bulk import EventsRefusedError, EventsSaved, save_events
from .favorites import FavoriteAdded, add_favorite, remove_favorite
from .not_interested import HiddenSubject, NotInterestedAdded, hide_subject, unhide_subject
from .ratings import (
    RatingSaved,
    change_rating,
    delete_rating,
    delete_rating_of_movie,
    rate_movie,
)
from .saved_searches import (
    MOST_SAVED_SEARCHES,
    SavedSearchChanges,
    SavedSearchesFullError,
    SearchNameTakenError,
    change_saved_search,
    delete_saved_search,
    save_search,
)
from .tastes import bump_taste, bump_taste_unless_waiting, bump_tastes, lock_taste
from .watching import (
    MomentTakenError,
    ViewingChanges,
    ViewingSaved,
    change_viewing,
    delete_viewing,
    record_viewing,
)
from .watchlist import WatchlistAdded, add_to_watchlist, remove_from_watchlist

__all__ = [
    "MOST_SAVED_SEARCHES",
    "EventsRefusedError",
    "EventsSaved",
    "FavoriteAdded",
    "HiddenSubject",
    "MomentTakenError",
    "NotInterestedAdded",
    "RatingSaved",
    "SavedSearchChanges",
    "SavedSearchesFullError",
    "SearchNameTakenError",
    "ViewingChanges",
    "ViewingSaved",
    "WatchlistAdded",
    "add_favorite",
    "add_to_watchlist",
    "bump_taste",
    "bump_taste_unless_waiting",
    "bump_tastes",
    "change_rating",
    "change_saved_search",
    "change_viewing",
    "delete_rating",
    "delete_rating_of_movie",
    "delete_saved_search",
    "delete_viewing",
    "hide_subject",
    "lock_taste",
    "rate_movie",
    "record_viewing",
    "remove_favorite",
    "remove_from_watchlist",
    "save_events",
    "save_search",
    "unhide_subject",
]
