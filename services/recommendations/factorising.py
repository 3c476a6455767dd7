"""The factors of viewers and films: by one worker at a time, each epoch a checkpoint in PostgreSQL.

The item factors are all that is kept; a worker that goes on solves those of the viewers anew.
"""

from dataclasses import replace
from datetime import timedelta

from apps.recommendations.models import ModelVersion
from services import leasing
from services.leasing import Clock, Lease
from services.recommender import ials
from services.recommender.factor_rows import Observations
from services.recommender.ials import IALS, Factorisation, IALSSettings
from services.recommender.model import TrainingSet
from services.recommender.nested_arrays import under
from services.recommender.pipeline.films import Films

from . import run_arrays
from .configuration import Configuration
from .rating_ranges import ITEM_IDS, read_all

# A message that has read 20 million scores has time for one epoch more before its limit.
MESSAGE_TIME = timedelta(seconds=150)

_CHECKPOINT, _MODEL, _FILMS = "item_factors", "ials", "films"


def factorise(lease: Lease[ModelVersion], version: ModelVersion, *, clock: Clock) -> IALS | None:
    """The epochs that are left; None where they take longer than a message may.

    Raises LeaseLostError.
    """
    until = clock() + MESSAGE_TIME
    settings = _settings(version)
    factorisation = _begin(version, _observe(lease, version, settings, clock), settings)
    for epochs_done in factorisation.epochs():
        with leasing.checkpointing(lease, at=clock()) as held:
            held.epochs_done = epochs_done
            run_arrays.keep(held, {_CHECKPOINT: factorisation.items})
        if epochs_done < version.epoch_count and clock() >= until:
            return None
    return factorisation.model(run_arrays.load(version, ITEM_IDS))


def keep_model(held: ModelVersion, model: IALS) -> None:
    run_arrays.keep(held, under(_MODEL, model.to_arrays()))


def load_model(version: ModelVersion) -> IALS:
    return IALS.from_arrays(run_arrays.load_under(version, _MODEL))


def load_films(version: ModelVersion) -> Films:
    """What the events tell of the films; what only the catalogue knows is missing."""
    return Films.from_arrays(run_arrays.load_under(version, _FILMS))


def _settings(version: ModelVersion) -> IALSSettings:
    """Without an epoch where no factors are part of the blend, and only the films are noted."""
    return replace(Configuration.of_version(version).model.ials, epochs=version.epoch_count)


def _observe(
    lease: Lease[ModelVersion], version: ModelVersion, settings: IALSSettings, clock: Clock
) -> Observations:
    """The events as the factors are solved from; what the films are is noted at the first time."""
    events = read_all(lease, version, clock=clock)
    if f"{_FILMS}.vectors" not in version.arrays:
        films = Films.of(TrainingSet(events, graded=True))
        with leasing.checkpointing(lease, at=clock()) as held:
            run_arrays.keep(held, under(_FILMS, films.to_arrays()))
    return ials.observe(events, settings)


def _begin(version: ModelVersion, observed: Observations, settings: IALSSettings) -> Factorisation:
    if not version.epochs_done:
        return Factorisation.begin(observed, settings)
    items = run_arrays.load(version, _CHECKPOINT)
    return Factorisation.resume(observed, items, settings, epochs_done=version.epochs_done)
