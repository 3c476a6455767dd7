"""Small random blocks of viewers with scores, and the films they are scored on."""

import numpy as np
import scipy.sparse as sp
from numpy.random import Generator, default_rng

from services.recommender.arrays import SparseArray
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import ScoredViewers
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.viewers import Viewers

GENRES = 5
THIS_YEAR = 2020
OFF = PipelineSettings(
    related=0, shrinkage=0, popularity_debias=0, diversity=0, calibration=0, exploration_rate=0
)
ALL_ON = PipelineSettings(
    candidates=20,
    related=5,
    limit=15,
    depth=8,
    page=4,
    freshness=0.3,
    exploration_places=(1, 4),
    exploration_rate=0.5,
    exploration_pool=6,
)


def random_films(seed: int, items: int = 40) -> Films:
    rng = default_rng(seed)
    related = (rng.random((items, items)) < 0.2) * rng.uniform(0.1, 1, (items, items))
    return Films(
        item_ids=np.arange(items, dtype=np.int32) * 3 + 7,
        events=rng.integers(0, 9, items).astype(np.int32),
        popularity=rng.integers(0, 6, items).astype(np.float32),
        vectors=rng.uniform(0, 0.5, (items, 4)).astype(np.float32),
        genres=rng.random((items, GENRES)) < 0.3,
        years=rng.choice([0, 1990, 2019, 2021], items).astype(np.int32),
        related=sp.csr_array(related.astype(np.float32)),
    )


def random_block(seed: int, *, viewers: int = 7, items: int = 40) -> ScoredViewers:
    """Scores with ties, profiles of any length, and two more matrices of excludes."""
    rng = default_rng(seed)
    grades = _random_entries(rng, viewers, items)
    return ScoredViewers(
        scores=rng.integers(-4, 5, (viewers, items)).astype(np.float32) / 4,
        viewers=Viewers(grades),
        user_ids=np.arange(viewers) + 100,
        revisions=rng.integers(0, 9, viewers),
        excluded={name: _random_entries(rng, viewers, items) for name in ("person", "genre")},
    )


def _random_entries(rng: Generator, viewers: int, items: int) -> SparseArray:
    stored = rng.random((viewers, items)) < rng.uniform(0, 0.5, (viewers, 1))
    rows, columns = np.nonzero(stored)
    values = rng.integers(0, 11, rows.size).astype(np.float32)
    return sp.csr_array((values, (rows, columns)), shape=(viewers, items))
