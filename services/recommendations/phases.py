"""Where a training run is between being asked for and being ready."""

from datetime import datetime

from apps.recommendations.models import ModelVersion


def enter(held: ModelVersion, phase: ModelVersion.Phase, *, at: datetime) -> None:
    """Begin the next phase on a row that the caller saves, and note how long the one before was."""
    begun = held.phase_started_at or held.started_at
    if begun is not None:
        held.seconds = {**held.seconds, held.phase: round((at - begun).total_seconds(), 3)}
    held.phase, held.phase_started_at = phase, at
