"""What a viewer did, as weights on films."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.weights import FAVORITE_WEIGHT, fold_in_weights, is_liked


@dataclass(frozen=True)
class Profile:
    """One viewer's films: ids ascending, fold-in weights, and which may be named as a reason.

    No film of a profile is ever recommended. A hidden film has weight 0 and tells nothing, whatever
    else the viewer did with it; one that was watched tells what its rating tells, if it has one.
    """

    item_ids: IntArray
    weights: FloatArray
    liked: BoolArray


@dataclass(frozen=True)
class Events:
    """Parallel arrays, one row for each thing that a viewer did with a film."""

    user_ids: IntArray
    item_ids: IntArray
    weights: FloatArray
    liked: BoolArray
    hidden: BoolArray


@dataclass(frozen=True)
class Profiles:
    """Profiles of many viewers in CSR form; `user_ids` ascending, also those without any film."""

    user_ids: IntArray
    indptr: IntArray
    films: Profile

    def __len__(self) -> int:
        return self.user_ids.size

    def __getitem__(self, row: int) -> Profile:
        films = slice(self.indptr[row], self.indptr[row + 1])
        return Profile(
            self.films.item_ids[films], self.films.weights[films], self.films.liked[films]
        )

    def __iter__(self) -> Iterator[Profile]:
        return (self[row] for row in range(len(self)))


def rating_events(user_ids: ArrayLike, item_ids: ArrayLike, scores: ArrayLike) -> Events:
    """Ratings with scores of 1-10."""
    return _events(user_ids, item_ids, fold_in_weights(scores), liked=is_liked(scores))


def favorite_events(user_ids: ArrayLike, item_ids: ArrayLike) -> Events:
    """Favourites, rated or not: of several events on one film the greatest weight counts."""
    return _events(user_ids, item_ids, FAVORITE_WEIGHT, liked=True)


def watched_events(user_ids: ArrayLike, item_ids: ArrayLike) -> Events:
    """Films not to recommend any more; that they were watched tells nothing about taste."""
    return _events(user_ids, item_ids, 0)


def hidden_events(user_ids: ArrayLike, item_ids: ArrayLike) -> Events:
    """Films that the viewer does not want: all other events on them count for nothing."""
    return _events(user_ids, item_ids, 0, hidden=True)


def _events(
    user_ids: ArrayLike,
    item_ids: ArrayLike,
    weights: ArrayLike,
    *,
    liked: ArrayLike = False,
    hidden: ArrayLike = False,
) -> Events:
    """Of single values each event has the same."""
    items = np.asarray(item_ids, np.int64)
    return Events(
        np.asarray(user_ids, np.int64),
        items,
        np.broadcast_to(np.asarray(weights, np.float32), items.shape),
        np.broadcast_to(np.asarray(liked, bool), items.shape),
        np.broadcast_to(np.asarray(hidden, bool), items.shape),
    )


def build_profiles(user_ids: ArrayLike, *events: Events) -> Profiles:
    """Profiles of `user_ids`, whatever the order of events; events of other viewers are dropped."""
    users = np.unique(np.asarray(user_ids, np.int64))
    merged = _merge(_concatenate(events))
    mine = np.isin(merged.user_ids, users)
    indptr = np.searchsorted(merged.user_ids[mine], users)
    films = Profile(merged.item_ids[mine], merged.weights[mine], merged.liked[mine])
    return Profiles(users, np.append(indptr, films.item_ids.size), films)


def build_profile(
    *,
    item_ids: ArrayLike = (),
    scores: ArrayLike = (),
    favorite_ids: ArrayLike = (),
    watched_ids: ArrayLike = (),
    hidden_ids: ArrayLike = (),
) -> Profile:
    """One viewer's profile from rated films with their scores, favourites and the others."""
    rated, favorites, watched, hidden = (
        np.asarray(ids, np.int64) for ids in (item_ids, favorite_ids, watched_ids, hidden_ids)
    )
    events = (
        rating_events(np.zeros_like(rated), rated, scores),
        favorite_events(np.zeros_like(favorites), favorites),
        watched_events(np.zeros_like(watched), watched),
        hidden_events(np.zeros_like(hidden), hidden),
    )
    merged = _merge(_concatenate(events))
    return Profile(merged.item_ids, merged.weights, merged.liked)


def _concatenate(events: tuple[Events, ...]) -> Events:
    all_events = (watched_events((), ()), *events)
    return Events(
        np.concatenate([each.user_ids for each in all_events]),
        np.concatenate([each.item_ids for each in all_events]),
        np.concatenate([each.weights for each in all_events]),
        np.concatenate([each.liked for each in all_events]),
        np.concatenate([each.hidden for each in all_events]),
    )


def _merge(events: Events) -> Events:
    """One row per viewer and film, ascending: the greatest weight, liked if any event says so.

    If any says that it is hidden, it has no weight and is not liked.
    """
    order = np.lexsort((events.item_ids, events.user_ids))
    users, items = events.user_ids[order], events.item_ids[order]
    is_first = np.ones(order.size, bool)
    is_first[1:] = (np.diff(users) != 0) | (np.diff(items) != 0)
    first = np.flatnonzero(is_first)
    if not first.size:
        return events
    hidden = np.logical_or.reduceat(events.hidden[order], first)
    weights = np.maximum.reduceat(events.weights[order], first)
    weights[hidden] = 0
    liked = np.logical_or.reduceat(events.liked[order], first) & ~hidden
    return Events(users[first], items[first], weights, liked, hidden)
