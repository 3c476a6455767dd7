"""All that an evaluation found, as one object of JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from services.evaluation.comparing import Comparison
from services.evaluation.ratings import RatingsRead
from services.evaluation.running import Finished, Plan
from services.imports.catalogue_files import CatalogueFile
from services.recommender.evaluation.results import Result


def summary(
    plan: Plan,
    finished: Finished,
    comparison: Comparison,
    *,
    ratings: RatingsRead,
    films: CatalogueFile | None,
    interrupted: bool,
) -> dict[str, Any]:
    """What JSON can hold: a figure that has no value is null."""
    told: dict[str, Any] = _plain(
        {
            "protocol": plan.protocol,
            "on": plan.part,
            "seeds": list(plan.seeds),
            "recency": plan.recency and asdict(plan.recency),
            "interrupted": interrupted,
            "ratings": _ratings(ratings),
            "catalogue": films and _films(films, ratings),
            "left_out": finished.left_out,
            "left_out_seeds": {str(seed): why for seed, why in finished.left_out_seeds.items()},
            "rows": [_row(result) for result in finished.results()],
            "baseline": comparison.baseline,
            "differences": [each.row() for each in comparison.differences],
            "learning_curves": [point.row() for curve in comparison.curves for point in curve],
            "differences_by_history": [each.row() for each in comparison.by_history],
        }
    )
    return told


def _row(result: Result) -> dict[str, Any]:
    seeds = [each.seed for each in result.seeds]
    return {**result.row(), "seeds": seeds, "viewers": result.user_counts}


def known_films(films: CatalogueFile, ratings: RatingsRead) -> int:
    """How many of the rated items the catalogue knows."""
    return int(np.isin(ratings.events.item_ids, films.catalogue.item_ids).sum())


def _ratings(ratings: RatingsRead) -> dict[str, Any]:
    users, items = ratings.events.matrix.shape
    return {
        "file": ratings.name,
        "rows": ratings.rows,
        "ratings": int(ratings.events.matrix.nnz),
        "users": users,
        "items": items,
        "scale": ratings.scale.highest,
        "scale_detected": ratings.scale.detected,
        "ungraded": ratings.ungraded,
        "repeated": ratings.repeated,
        "of_other_users": ratings.of_others,
        "timed": ratings.events.times is not None,
    }


def _films(films: CatalogueFile, ratings: RatingsRead) -> dict[str, Any]:
    return {
        "file": films.name,
        "films": int(films.catalogue.item_ids.size),
        "unmatched": films.unmatched,
        "known_items": known_films(films, ratings),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
