"""Strong generalisation: how well a model ranks the films that unseen viewers liked.

The protocol of Liang et al. 2018 (arXiv 1802.05814) as docs/ALGORITHM.md writes it down; its draws
of random numbers come in a fixed order, so that a seed means the same split everywhere.
"""

import numpy as np
from numpy.random import Generator, default_rng

from services.recommender.arrays import IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.entries import entries
from services.recommender.evaluation.events import DISLIKED_TO, LIKED_FROM, RatedEvents
from services.recommender.evaluation.holding_out import (
    MIN_EVENTS,
    Parts,
    draw_fifth,
    draw_parts,
    graded_training,
    part_of,
    plain,
    plain_training,
)
from services.recommender.evaluation.splits import HeldOut, Split
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers


def split_strong(events: RatedEvents, seed: int, catalogue: Catalogue | None = None) -> Split:
    """Likes (8 of 10 or more) alone; a fifth of those of users unknown to training is to be found.

    Users with 5 likes or more count. A sixth of them, at most 10,000, are the test users, as many
    more the validation users, the rest are trained on. Items are those that a train user likes. A
    held-out user with 5 likes of items or more has a fifth of them, rounded down, as targets; the
    others are folded in as likes of unknown grade, and all items but those are ranked.
    """
    rng = default_rng(seed)
    parts = draw_parts(events.likes(), rng)
    return _split(events, parts, rng, plain_training(events, parts, catalogue))


def split_strong_graded(
    events: RatedEvents, seed: int, catalogue: Catalogue | None = None
) -> Split:
    """The users, items, fold-in and targets of `strong`; trained on all ratings of those users.

    Only the training matrix differs: it holds each score that a train user gave to one of the
    items, whether they liked it or not.
    """
    rng = default_rng(seed)
    parts = draw_parts(events.likes(), rng)
    return _split(events, parts, rng, graded_training(events, parts, catalogue))


def split_graded(events: RatedEvents, seed: int, catalogue: Catalogue | None = None) -> Split:
    """All ratings, as the product uses them: trained on, folded in with their score, held out.

    Users and items are drawn as in `strong`. Of a held-out user's ratings of items, whatever their
    score, a fifth, rounded down, is held out and the rest folded in, so that no rated film but
    those is ranked. Held-out likes (8 of 10 or more) are targets, held-out films of 4 of 10 or less
    are disliked. Users with fewer than 5 ratings or no target are left out.
    """
    rng = default_rng(seed)
    parts = draw_parts(events.likes(), rng)
    validation, test = (
        _hold_out_ratings(events.user_ids[rows], part_of(events.matrix, rows, parts.columns), rng)
        for rows in (parts.validation, parts.test)
    )
    return Split(graded_training(events, parts, catalogue), validation, test)


def _split(events: RatedEvents, parts: Parts, rng: Generator, training: TrainingSet) -> Split:
    """Hold out of the validation users first: the order of the draws is part of the protocol."""
    likes = plain(events.likes())
    validation, test = (
        _hold_out_likes(events.user_ids[rows], part_of(likes, rows, parts.columns), rng)
        for rows in (parts.validation, parts.test)
    )
    return Split(training, validation, test)


def _hold_out_likes(user_ids: IntArray, likes: SparseArray, rng: Generator) -> HeldOut:
    is_target = draw_fifth(likes, rng)
    tested = np.diff(likes.indptr) >= MIN_EVENTS
    return HeldOut(
        user_ids=user_ids[tested],
        viewers=Viewers(entries(likes, ~is_target)[tested]),
        targets=entries(likes, is_target)[tested],
    )


def _hold_out_ratings(user_ids: IntArray, ratings: SparseArray, rng: Generator) -> HeldOut:
    is_held_out = draw_fifth(ratings, rng)
    targets = entries(ratings, is_held_out & (ratings.data >= LIKED_FROM))
    tested = np.diff(targets.indptr) > 0
    return HeldOut(
        user_ids=user_ids[tested],
        viewers=Viewers(entries(ratings, ~is_held_out)[tested]),
        targets=targets[tested],
        disliked=entries(ratings, is_held_out & (ratings.data <= DISLIKED_TO))[tested],
    )
