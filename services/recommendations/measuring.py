"""How good the method is on the platform's own ratings, measured after the lists are published.

Measured are models that are fitted anew on a sample, not the stored arrays: those have learned from
every rating, and so have seen what they would be asked to find.
"""

import logging
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import numpy as np
import scipy as sp
from django.db.models import Q, QuerySet

from apps.recommendations import actions
from apps.recommendations.models import (
    BASELINE,
    METRICS,
    SLICES,
    Generation,
    ModelMeasurement,
    ModelVersion,
)
from services import leasing
from services.leasing import Clock, Lease
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.protocols import REVISION
from services.recommender.evaluation.results import Result
from services.recommender.evaluation.running import evaluate
from services.recommender.evaluation.splits import UnusableEventsError
from services.recommender.evaluation.statistics import compare
from services.recommender.model import TooLargeError
from services.recommender.registry import MODELS

from .loading import Watermarks
from .measured_sample import (
    MAX_EVENTS,
    MAX_FILMS,
    MAX_VIEWERS,
    choose_viewers,
    learned_from,
    read_sample,
)

POLL_SECONDS = 1.0
SEED = 0
BY_TIME = "time"

State = ModelMeasurement.State

OPEN_STATES = actions.OPEN_MEASUREMENTS

logger = logging.getLogger(__name__)


def has_to_wait() -> bool:
    """Whether a model is being trained or lists are built, which everything here gives way to."""
    building = Q(state__in=actions.UNFINISHED_GENERATIONS)
    to_be_published = Q(state=Generation.State.READY, publish=True)
    return (
        Generation.objects.filter(building | to_be_published).exists()
        or ModelVersion.objects.filter(state__in=actions.OPEN_TRAININGS).exists()
    )


def measure_in_turn(*, measurement_id: int, clock: Clock) -> bool:
    """Do one slice unless it has to wait, for which the sweep sends again; whether more follows."""
    return not has_to_wait() and measure(measurement_id=measurement_id, clock=clock)


def measure(*, measurement_id: int, clock: Clock) -> bool:
    """Do one slice; whether more follows."""
    lease = leasing.claim(
        ModelMeasurement,
        measurement_id,
        from_states=OPEN_STATES,
        to_state=State.MEASURING,
        at=clock(),
    )
    if lease is None:
        return False
    done = leasing.work(lease, lambda held: _do_slice(held, clock), clock=clock)
    return done and _open_runs().filter(pk=measurement_id).exists()


def run_measurement(
    *, measurement_id: int, clock: Clock, sleep: Callable[[float], None]
) -> Iterator[ModelMeasurement]:
    """Measure in this process, next to any workers and not in turn; yields after each step.

    Ends early where the run is gone, because the model was purged or is measured anew.
    """
    while True:
        again = measure(measurement_id=measurement_id, clock=clock)
        measurement = ModelMeasurement.objects.filter(pk=measurement_id).first()
        if measurement is None:
            return
        yield measurement
        if measurement.state not in OPEN_STATES:
            return
        if not again:
            sleep(POLL_SECONDS)


def _open_runs() -> QuerySet[ModelMeasurement]:
    return ModelMeasurement.objects.filter(state__in=OPEN_STATES)


def _do_slice(lease: Lease[ModelMeasurement], clock: Clock) -> None:
    measurement = ModelMeasurement.objects.select_related("model_version").get(pk=lease.pk)
    if not measurement.sample:
        _choose_sample(lease, measurement.model_version, clock)
    else:
        _measure_next(lease, measurement, clock)


def _choose_sample(lease: Lease[ModelMeasurement], version: ModelVersion, clock: Clock) -> None:
    census = learned_from(version)
    if not census.suffices:
        with leasing.saving(lease, at=clock()) as held:
            _finish(held, {"skipped": "too few viewers have rated enough films"}, at=clock())
        return
    viewer_ids = choose_viewers(census, seed=version.pk)
    sample = read_sample(viewer_ids.tolist(), _newest(version))
    viewers, films = sample.events.matrix.shape
    is_sampled = np.isin(census.user_ids, viewer_ids)
    with leasing.saving(lease, at=clock()) as held:
        held.viewer_ids = viewer_ids.tolist()
        held.sample = {
            "seed": version.pk,
            "viewers": viewers,
            "of_viewers": census.user_ids.size,
            "simulated_viewers": int(np.count_nonzero(census.simulated & is_sampled)),
            "events": int(sample.events.matrix.nnz),
            "films": films,
            "of_films": sample.films_before,
            "limits": {"viewers": MAX_VIEWERS, "events": MAX_EVENTS, "films": MAX_FILMS},
        }
    logger.info("%s: sampled %s", held, held.sample)


def _newest(version: ModelVersion) -> Watermarks:
    return Watermarks(version.highest_rating_id, version.highest_favorite_id)


def _measure_next(
    lease: Lease[ModelMeasurement], measurement: ModelMeasurement, clock: Clock
) -> None:
    protocol, model = SLICES[len(measurement.results)]
    started = clock()
    newest = _newest(measurement.model_version)
    events = read_sample(measurement.viewer_ids, newest, timed=protocol == BY_TIME).events
    found = _measured(events, protocol, model, clock)
    seconds = round((clock() - started).total_seconds(), 3)
    told = {"protocol": protocol, "model": model, "events": int(events.matrix.nnz)}
    entry = {**told, "seconds": seconds, **found}
    with leasing.saving(lease, at=clock()) as held:
        held.results = [*held.results, entry]
        if len(held.results) == len(SLICES):
            _finish(held, _metrics(held), at=clock())
    logger.info("%s: %s by %s in %s s", held, model, protocol, seconds)


def _measured(events: RatedEvents, protocol: str, model: str, clock: Clock) -> dict[str, Any]:
    """The model's figures, and what it has more than the baseline.

    The baseline is fitted each time: it takes no time, and rows that changed since the last slice
    would make other viewers of a stored one.
    """
    try:
        results = evaluate(
            events,
            {name: MODELS[name] for name in (BASELINE, model)},
            protocol=protocol,
            seeds=[SEED],
            clock=lambda: clock().timestamp(),
        )
    except (TooLargeError, UnusableEventsError, MemoryError) as error:
        return {"left_out": str(error) or "there is too little memory"}
    baseline, result = results[0], results[-1]
    return {
        "viewers": result.user_counts[0],
        "figures": _figures(result),
        "differences": {} if model == BASELINE else _differences(result, baseline),
        "train_seconds": round(result.seeds[0].train_seconds, 3),
        "score_seconds": round(result.seeds[0].score_seconds, 3),
    }


def _figures(result: Result) -> dict[str, dict[str, float | None]]:
    """A metric of all lists together has no standard error, one without a value is left out."""
    row, of_each = result.row(), result.seeds[0].per_user
    return {
        name: {
            "mean": float(row[name]),
            "se": float(row[f"{name}_se"]) if name in of_each else None,
        }
        for name in METRICS
        if name in row and math.isfinite(float(row[name]))
    }


def _differences(result: Result, baseline: Result) -> dict[str, dict[str, float]]:
    return {
        each.metric: {"mean": each.mean, "se": each.standard_error}
        for each in compare(result, baseline)
        if each.metric in METRICS and math.isfinite(each.mean)
    }


def _finish(held: ModelMeasurement, metrics: dict[str, Any], *, at: datetime) -> None:
    """The figures are stored in the transaction that ends the run, so there are all or none."""
    held.state, held.finished_at, held.viewer_ids = State.DONE, at, []
    told = {**metrics, "measured_at": at.isoformat(timespec="seconds")}
    ModelVersion.objects.filter(pk=held.model_version_id).update(metrics=told)


def _metrics(held: ModelMeasurement) -> dict[str, Any]:
    return {
        "sample": held.sample,
        "seeds": [SEED],
        "baseline": BASELINE,
        "results": held.results,
        "seconds": round(sum(each["seconds"] for each in held.results), 3),
        "revision": REVISION,
        "libraries": {"numpy": np.__version__, "scipy": sp.__version__},
    }
