"""What a model is measured on: so much of the platform's own ratings as one worker can hold."""

from dataclasses import dataclass

import numpy as np

from apps.recommendations.models import ModelVersion
from services.recommender.arrays import IntArray
from services.recommender.evaluation.events import RatedEvents
from services.recommender.mixing import GOLDEN, mixed
from services.recommender.weights import HIGHEST_SCORE

from .copying import copy_out
from .loading import Watermarks
from .training_data import Census, read_census

MAX_VIEWERS = 10_000
MAX_EVENTS = 1_000_000
# A matrix of products of that many films takes 100 MB.
MAX_FILMS = 5_000

# A favourite counts as the highest score; of a film that is rated as well the greater one counts.
_EVENTS = f"""
    SELECT DISTINCT ON (user_id, movie_id) user_id, movie_id, score, moment
    FROM (
        SELECT user_id, movie_id, score::smallint AS score,
            extract(epoch FROM coalesce(rated_at, updated_at))::bigint AS moment
        FROM favorites_rating WHERE user_id = ANY(%(viewers)s) AND id <= %(rating)s
            AND (rated_at IS NOT NULL OR NOT %(timed)s)
        UNION ALL
        SELECT user_id, movie_id, {HIGHEST_SCORE}::smallint, extract(epoch FROM created_at)::bigint
        FROM favorites_favorite WHERE user_id = ANY(%(viewers)s) AND id <= %(favorite)s
    ) AS event
    ORDER BY user_id, movie_id, score DESC, moment DESC
"""  # noqa: S608  # the score is a constant
_COLUMNS = [("user_id", "i8"), ("movie_id", "i4"), ("score", "i2"), ("moment", "i8")]


@dataclass(frozen=True)
class Sample:
    """Events of the sampled viewers, and of how many films the most rated ones were kept."""

    events: RatedEvents
    films_before: int


def learned_from(version: ModelVersion) -> Census:
    """Who there is now of those whom the version was to learn from."""
    everyone = read_census()
    return everyone if version.simulated_user_count else everyone.real()


def choose_viewers(census: Census, *, seed: int) -> IntArray:
    """MAX_VIEWERS with MAX_EVENTS at most, ascending by id; the same for the same seed."""
    start = np.uint64(seed * int(GOLDEN) % 2**64)
    hashes = mixed(census.user_ids.astype(np.uint64) + start)
    order = np.argsort(hashes, kind="stable")
    events = np.cumsum((census.ratings + census.favorites)[order])
    within = order[:MAX_VIEWERS][events[:MAX_VIEWERS] <= MAX_EVENTS]
    return np.sort(census.user_ids[within])


def read_sample(viewer_ids: list[int], newest: Watermarks, *, timed: bool = False) -> Sample:
    """Events on the MAX_FILMS films that have most of them.

    With `timed` only those of a known moment: an import may bring ratings without one.
    """
    params = {
        "viewers": viewer_ids,
        "rating": newest.rating_id,
        "favorite": newest.favorite_id,
        "timed": timed,
    }
    columns = copy_out(_EVENTS, params, _COLUMNS)
    films, counts = np.unique(columns["movie_id"], return_counts=True)
    most_rated = films[np.lexsort((films, -counts))[:MAX_FILMS]]
    kept = np.isin(columns["movie_id"], most_rated)
    events = RatedEvents.from_arrays(
        user_ids=columns["user_id"][kept],
        item_ids=columns["movie_id"][kept],
        scores=columns["score"][kept],
        times=columns["moment"][kept],
    )
    return Sample(events, films.size)
