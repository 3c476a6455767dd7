"""Small random catalogues for the item axis of the random audiences."""

import numpy as np
from numpy.random import default_rng

from services.recommender.arrays import IntArray, SparseArray
from services.recommender.catalogue import Catalogue, Features
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet

_VALUES = {
    "genre": ("drama", "horror", "comedy", "war"),
    "keyword": ("train", "ghost", "island", "heist", "robot"),
    "cast": ("ann", "bob", "cid", "dee"),
    "director": ("eve", "fay"),
    "decade": ("1980", "1990", "2000"),
    "language": ("en", "fr"),
    "company": ("one", "two"),
}


def random_catalogue(seed: int, *, items: int = 20) -> Catalogue:
    """Of the first film nothing is known, of the second only its votes."""
    rng = default_rng(seed)
    item_ids = np.arange(items) * 3 + 7
    features = [Features(), Features(), *(_drawn(rng) for _ in range(items - 2))][:items]
    votes = rng.integers(0, 1000, items)
    votes[0] = 0
    return Catalogue(
        item_ids=item_ids,
        features=features,
        vote_counts=votes.astype(np.float32),
        vote_averages=rng.uniform(2, 9, items).astype(np.float32) * (votes > 0),
        years=np.where(np.arange(items) < 2, 0, rng.integers(1950, 2020, items)).astype(np.int32),
        related={
            int(item): rng.choice([*item_ids.tolist(), 1, 2, 3], 4, replace=False).tolist()
            for item in item_ids[::2]
        },
    )


def bare_catalogue(item_ids: IntArray) -> Catalogue:
    """Films of which nothing is known."""
    return Catalogue(
        item_ids=item_ids,
        features=[Features()] * item_ids.size,
        vote_counts=np.zeros(item_ids.size, np.float32),
        vote_averages=np.zeros(item_ids.size, np.float32),
        years=np.zeros(item_ids.size, np.int32),
        related={},
    )


def known_by(
    catalogue: Catalogue | None, grades: SparseArray, *, graded: bool = True
) -> TrainingSet:
    users, items = grades.shape
    interactions = Interactions(np.arange(users) + 100, np.arange(items) * 3 + 7, grades)
    return TrainingSet(interactions, graded=graded, catalogue=catalogue)


def _drawn(rng: np.random.Generator) -> Features:
    return Features(
        f"{group}:{value}"
        for group, values in _VALUES.items()
        for value in rng.choice(values, rng.integers(0, 3), replace=False)
    )
