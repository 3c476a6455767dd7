"""A file of ratings as what the protocols evaluate on, and what became of its rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from services.imports.rating_arrays import RatingArrays, find_rating_table, read_rating_arrays
from services.imports.rating_scales import (
    Scale,
    detect_scale,
    is_graded,
    named_scale,
    to_scores,
)
from services.imports.source_files import SourceFile, Wrap, unwrapped
from services.recommender.evaluation.events import RatedEvents

# The same users are drawn for every seed of the protocols, so that seeds share their data.
_SEED = 0


@dataclass(frozen=True, kw_only=True)
class RatingsRead:
    """The events, and how they came out of `rows` rows of the file `name`.

    `ungraded` rows had a rating of 0 or less, which says that there was no opinion; `of_others`
    belong to users that were not drawn; `untimed` have no moment, for which all lost theirs. Of the
    rows that are left some repeat a pair of user and item, of which the last one counts, or the
    highest where there are no times.
    """

    name: str
    events: RatedEvents
    scale: Scale
    rows: int
    ungraded: int
    of_others: int
    untimed: int
    named_items: bool

    @property
    def repeated(self) -> int:
        return self.rows - self.ungraded - self.of_others - int(self.events.matrix.nnz)


def read_ratings(
    location: Path,
    *,
    highest: int | None = None,
    max_users: int | None = None,
    wrap: Wrap = unwrapped,
) -> RatingsRead:
    """Read a file, folder or ZIP; the scale is up to `highest`, by default what the data say.

    Raises:
        MovieLensFileError: the file cannot be read, or a row is not a rating.
        ScaleError: the ratings are on no scale, or not on the named one.
    """
    table = find_rating_table(location)
    name = f"{_folder(location, table)}/{table.name}"
    return _events_of(name, read_rating_arrays(table, wrap=wrap), highest, max_users)


def _folder(location: Path, table: SourceFile) -> str:
    """The folder or archive that the table lies in, which is mostly called like the data set."""
    is_table = table.member is None and location == table.path
    return location.resolve().parent.name if is_table else location.resolve().name


def _events_of(
    name: str, arrays: RatingArrays, highest: int | None, max_users: int | None
) -> RatingsRead:
    graded = is_graded(arrays.ratings)
    scale = named_scale(highest, arrays.ratings) if highest else detect_scale(arrays.ratings)
    kept = graded & _of_drawn_users(arrays.user_ids, max_users)
    of_others = int(np.count_nonzero(graded) - np.count_nonzero(kept))
    events = RatedEvents.from_arrays(
        user_ids=_kept(arrays.user_ids, kept),
        item_ids=_kept(arrays.item_ids, kept),
        scores=to_scores(_kept(arrays.ratings, kept), scale),
        times=None if arrays.times is None else _kept(arrays.times, kept),
    )
    return RatingsRead(
        name=name,
        events=events,
        scale=scale,
        rows=len(arrays),
        ungraded=int(graded.size - np.count_nonzero(graded)),
        of_others=of_others,
        untimed=arrays.untimed,
        named_items=arrays.named_items,
    )


def _of_drawn_users(user_ids: NDArray[Any], max_users: int | None) -> NDArray[np.bool_]:
    """Which rows belong to `max_users` users drawn at random, or to all where they are no more."""
    everybody = np.ones(user_ids.size, bool)
    if max_users is None:
        return everybody
    users = np.unique(user_ids)
    if users.size <= max_users:
        return everybody
    return np.isin(user_ids, default_rng(_SEED).choice(users, max_users, replace=False))


def _kept(column: NDArray[Any], kept: NDArray[np.bool_]) -> NDArray[Any]:
    return column if kept.all() else column[kept]
