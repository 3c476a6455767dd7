"""The gate of a training that publishes: whether other settings may follow those of the lists that
are read. Both are fitted on what was before the newest events of a sample, and compared on these.

One contender is one slice. The sample's events are kept between slices, so that all contenders see
the same ones whatever is written meanwhile.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from apps.recommendations.gate import ACTIVE, CANDIDATE, POPULARITY, UNFIT, told_of
from apps.recommendations.models import Alert, ModelVersion
from services.leasing import Clock
from services.recommender.arrays import FloatArray
from services.recommender.cold_items import fit_cold_items
from services.recommender.evaluation.bootstrap import RESAMPLES, paired_interval
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.gate import (
    METRIC,
    Contender,
    Outcome,
    is_below,
    judge,
    popularity_values,
)
from services.recommender.evaluation.newest import MIN_VIEWERS, NewestSplit, split_newest
from services.recommender.evaluation.running import Scorer
from services.recommender.evaluation.splits import UnusableEventsError
from services.recommender.model import TrainingSet
from services.recommender.nested_arrays import under

from . import blending, run_arrays
from .alerts import raise_alert
from .catalogue import read_catalogue_of
from .configuration import Configuration, active_generation
from .loading import Watermarks
from .measured_sample import choose_viewers, learned_from, read_sample
from .training_data import Census

# Where fewer ratings have a moment of their own, the newest ones are not known.
TIMED_SHARE = 0.5
SEED = 0

NO_MODEL_OF_RATINGS = "there are too few ratings to learn from"
NOT_TO_BE_PUBLISHED = "no lists follow the model by themselves"
TOO_FEW_VIEWERS = f"fewer than {MIN_VIEWERS} viewers have rated"

_KEPT, _SKIPPED, _SAMPLE, _OUTCOME = "gate", "skipped", "sample", "outcome"
# Who ranks worse than popularity for certain.
_WORSE = "worse_than_popularity"


@dataclass(frozen=True)
class Findings:
    """What a slice found: entries of the row's `gate`, and arrays to go on with."""

    notes: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def comes_next(held: ModelVersion, census: Census) -> bool:
    """Whether there is something to decide; where there is not, the row says why."""
    if not held.publish:
        skip(held, NOT_TO_BE_PUBLISHED)
    elif census.user_ids.size < MIN_VIEWERS:
        skip(held, TOO_FEW_VIEWERS)
    return _SKIPPED not in held.gate


def skip(held: ModelVersion, reason: str) -> None:
    """Let the configuration pass, on a row that the caller saves; an earlier reason stays."""
    held.gate = {_SKIPPED: reason, **held.gate}


def compare_next(version: ModelVersion, *, clock: Clock) -> Findings:
    """The sample, or what the next contender makes of it."""
    if _SAMPLE not in version.gate:
        return _choose_sample(version)
    split = _split(_kept_events(version), with_catalogue=True)
    name = next(name for name in _contenders(version) if not _is_measured(version, name))
    configuration = Configuration.from_json(version.gate[name])
    contender = _contender(configuration, version, this_year=clock().year)
    try:
        return Findings(arrays={name: contender.values(split)})
    except (ArithmeticError, MemoryError, ValueError) as error:
        if name == ACTIVE or not version.gate["is_changed"]:
            raise
        return Findings({UNFIT: f"{type(error).__name__}: {error}"})


def keep(held: ModelVersion, findings: Findings, *, at: datetime) -> bool:
    """Store what a slice found on a row that the caller saves; whether that decided."""
    held.gate = {**held.gate, **findings.notes}
    if _SKIPPED not in held.gate:
        run_arrays.keep(held, under(_KEPT, findings.arrays))
        if not all(_is_measured(held, name) for name in _contenders(held)):
            return False
        _decide(held, at=at)
    run_arrays.drop_under(held, _KEPT)
    return True


def refuse_untrained(held: ModelVersion, error: str, *, at: datetime) -> bool:
    """Put the active configuration in the place of a candidate that no worker survives or ends.

    On a row that the caller saves; whether there was a candidate to refuse.
    """
    told = error.rstrip(".")
    if not held.gate.get("is_changed"):
        return False
    if _OUTCOME not in held.gate and _has(held, ACTIVE):
        return keep(held, Findings({UNFIT: told}), at=at)
    # Where the release before decided, nobody knows how the active one does against popularity.
    if held.gate.get("trained") != CANDIDATE or _WORSE not in held.gate:
        return False
    verdict = {_OUTCOME: UNFIT, UNFIT: f"after the gate, in the phase {held.phase}: {told}"}
    _settle(held, verdict, trained=ACTIVE, at=at)
    return True


def _choose_sample(version: ModelVersion) -> Findings:
    viewer_ids = choose_viewers(learned_from(version), seed=version.pk).tolist()
    events = _read_events(version, viewer_ids)
    try:
        split = _split(events)
    except UnusableEventsError as error:
        return Findings({_SKIPPED: str(error)})
    return Findings(
        {**_configurations(version), **_sample_told(events, split)},
        {POPULARITY: popularity_values(split), **_event_arrays(events)},
    )


def _read_events(version: ModelVersion, viewer_ids: list[int]) -> RatedEvents:
    """Those of a known moment with their times, if they are not too few; else all without."""
    newest = Watermarks(version.highest_rating_id, version.highest_favorite_id)
    everything = read_sample(viewer_ids, newest).events
    timed = read_sample(viewer_ids, newest, timed=True).events
    if timed.matrix.nnz >= TIMED_SHARE * everything.matrix.nnz:
        return timed
    return RatedEvents(everything.user_ids, everything.item_ids, everything.matrix)


def _configurations(version: ModelVersion) -> dict[str, Any]:
    """What is compared: of the generation that is read now, even if another one is later."""
    candidate, generation = Configuration.of_version(version), active_generation()
    active = None if generation is None else Configuration.of_generation(generation)
    return {
        CANDIDATE: candidate.to_json(),
        ACTIVE: None if active is None else active.to_json(),
        "active_generation": None if generation is None else generation.pk,
        "is_changed": active is not None and active != candidate,
    }


def _sample_told(events: RatedEvents, split: NewestSplit) -> dict[str, Any]:
    viewers, films = events.matrix.shape
    since = split.since
    return {
        _SAMPLE: {"viewers": viewers, "films": films, "events": int(events.matrix.nnz)},
        "held_out_by": split.held_out_by,
        "since": None if since is None else datetime.fromtimestamp(since, UTC).isoformat(),
        "viewers": len(split.part),
    }


def _event_arrays(events: RatedEvents) -> dict[str, NDArray[Any]]:
    columns = {
        "user_ids": events.user_ids[events.rows_of_entries()],
        "item_ids": events.item_ids[events.matrix.indices],
        "scores": events.matrix.data.astype(np.int8),
    }
    return columns if events.times is None else {**columns, "times": events.times}


def _kept_events(version: ModelVersion) -> RatedEvents:
    names = [name for name in ("user_ids", "item_ids", "scores", "times") if _has(version, name)]
    return RatedEvents.from_arrays(**{name: _load(version, name) for name in names})


def _split(events: RatedEvents, *, with_catalogue: bool = False) -> NewestSplit:
    catalogue = read_catalogue_of(events.item_ids) if with_catalogue else None
    return split_newest(events, SEED, catalogue)


def _contenders(version: ModelVersion) -> tuple[str, ...]:
    """Whoever is fitted, in turn; equal ones once."""
    return (ACTIVE, CANDIDATE) if version.gate["is_changed"] else (CANDIDATE,)


def _contender(configuration: Configuration, version: ModelVersion, *, this_year: int) -> Contender:
    """With the parts that the whole platform gets, not those of as few viewers as the sample."""
    model, lists = configuration.model, configuration.lists
    blend = model.fit(blending.parts_of(model, version))

    def fit(training: TrainingSet) -> Scorer:
        return fit_cold_items(training, base=blend)

    return Contender(fit, lists.pipeline, lists.recency, this_year)


def _has(version: ModelVersion, name: str) -> bool:
    return f"{_KEPT}.{name}" in version.arrays


def _is_measured(version: ModelVersion, name: str) -> bool:
    return _has(version, name) or (name == CANDIDATE and UNFIT in version.gate)


def _load(version: ModelVersion, name: str) -> NDArray[Any]:
    return run_arrays.load(version, f"{_KEPT}.{name}")


def _decide(held: ModelVersion, *, at: datetime) -> None:
    """Note the verdict; the active configuration takes the place of one that lost to it."""
    names = (POPULARITY, ACTIVE, CANDIDATE)
    values = {name: _load(held, name) for name in names if _has(held, name)}
    verdict = _compared(values) if CANDIDATE in values else {_OUTCOME: UNFIT}
    has_lost = verdict[_OUTCOME] != Outcome.PASSED
    trained = ACTIVE if has_lost and ACTIVE in values else CANDIDATE
    held.gate = {
        **held.gate,
        "metric": METRIC,
        "resamples": RESAMPLES,
        "margin": settings.RECOMMENDER_GATE_MARGIN,
        "means": {name: float(each.mean()) for name, each in values.items()},
        _WORSE: [name for name in values if _is_worse(values[name], values[POPULARITY])],
    }
    _settle(held, verdict, trained=trained, at=at)


def _is_worse(values: FloatArray, popularity: FloatArray) -> bool:
    return is_below(paired_interval(values, popularity, seed=SEED))


def _settle(held: ModelVersion, verdict: Mapping[str, Any], *, trained: str, at: datetime) -> None:
    """Whichever it is: where even popularity is better, something is wrong with the ratings."""
    is_worse = trained in held.gate[_WORSE]
    held.configuration = held.gate[trained]
    held.publish = held.publish and not is_worse
    held.gate = {**held.gate, **verdict, "trained": trained, "is_kept_back": is_worse}
    if verdict[_OUTCOME] != Outcome.PASSED:
        _alert(held, at=at)


def _compared(values: Mapping[str, FloatArray]) -> dict[str, Any]:
    verdict = judge(
        values[CANDIDATE],
        popularity=values[POPULARITY],
        active=values.get(ACTIVE),
        margin=settings.RECOMMENDER_GATE_MARGIN,
        seed=SEED,
    )
    differences = {POPULARITY: asdict(verdict.against_popularity)}
    if verdict.against_active is not None:
        differences[ACTIVE] = asdict(verdict.against_active)
    return {_OUTCOME: verdict.outcome, "differences": differences}


def _alert(held: ModelVersion, *, at: datetime) -> None:
    told = told_of(held.gate)
    raise_alert(
        kind=Alert.Kind.GATE,
        subject=f"The gate refused the settings of {held}",
        text="\n".join([told.sentence, *(": ".join(row) for row in told.rows)]),
        at=at,
    )
