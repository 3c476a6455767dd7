"""Milliseconds of one core for each viewer, from scores to lists."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import scipy.sparse as sp
from numpy.random import default_rng

from services.recommender import local_ridge
from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.strong import split_strong
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.links import Links
from services.recommender.pipeline.ranking import Pipeline, ScoredViewers
from services.recommender.pipeline.reasons import find_reasons
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.related_films import edges_of
from services.recommender.viewers import Viewers

from .pipeline import NOTHING, SHIPPED, SHRUNK, UNEXPLORED, Trained
from .speed import Seconds

REPEATS = 5
VIEWERS = 256
LARGE = 20_000
GENRES = 19
HISTORY = 100

STEPS: Mapping[str, PipelineSettings] = {
    "candidates": NOTHING,
    "with shrinkage": SHRUNK,
    "and debias": replace(UNEXPLORED, diversity=0.0, calibration=0.0),
    "and diversity": replace(UNEXPLORED, calibration=0.0),
    "and calibration": UNEXPLORED,
    "and exploration": SHIPPED,
    "and exploration, always": replace(SHIPPED, exploration_rate=1.0),
}


def time_steps(
    events: RatedEvents, catalogue: Catalogue | None, *, seed: int
) -> dict[str, Seconds]:
    """What lists take with one step more at a time, then reasons, and all on 20,000 films."""
    split = split_strong(events, seed, catalogue)
    trained = Trained.of(split.training)
    scored = trained.scored(split.validation)
    viewers = min(len(scored.viewers), VIEWERS)
    block = scored.rows(0, viewers)
    timed = {
        name: _timed(partial(trained.rank, settings, block), viewers)
        for name, settings in STEPS.items()
    }
    find = partial(
        find_reasons,
        Links.of(local_ridge.fit(split.training)),
        block.viewers,
        trained.rank(SHIPPED, block),
    )
    timed["reasons"] = _timed(find, viewers)
    films, drawn = _drawn(LARGE)
    for name in ("with shrinkage", "and exploration"):
        pipeline = Pipeline(STEPS[name], films)
        timed[f"{name}, {LARGE:,} films"] = _timed(partial(pipeline.rank, drawn), VIEWERS)
    return timed


def _drawn(items: int) -> tuple[Films, ScoredViewers]:
    """Films as popular as Zipf has it, and viewers who rather like what is popular."""
    rng = default_rng(0)
    popularity = (1e5 / np.arange(1, items + 1)).astype(np.float32)
    films = Films(
        item_ids=np.arange(items),
        events=popularity.astype(np.int32),
        popularity=popularity,
        vectors=rng.standard_normal((items, 32)).astype(np.float32) / 10,
        genres=rng.random((items, GENRES)) < 2 / GENRES,
        years=np.full(items, 2000, np.int32),
        related=edges_of(None, np.arange(items)),
    )
    scores = rng.standard_normal((VIEWERS, items)) + np.log(popularity) / 3
    columns = np.sort(rng.integers(0, items // HISTORY, (VIEWERS, HISTORY)), axis=1)
    columns = columns + np.arange(HISTORY) * (items // HISTORY)
    pointers = np.arange(VIEWERS + 1) * HISTORY
    grades = rng.integers(1, 11, columns.size).astype(np.float32)
    shape = (VIEWERS, items)
    viewers = Viewers(sp.csr_array((grades, columns.ravel(), pointers), shape=shape))
    users = np.arange(VIEWERS)
    return films, ScoredViewers(scores.astype(np.float32), viewers, users, np.zeros_like(users))


def _timed(work: Callable[[], object], viewers: int) -> Seconds:
    """Milliseconds of a core for each viewer; a first run that fills caches is not counted."""
    work()
    taken = []
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        taken.append((time.process_time() - started) * 1000 / viewers)
    return Seconds.of(taken)
