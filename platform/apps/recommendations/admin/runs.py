"""How far runs are, and what took how long."""

from apps.core.admin_display import NOTHING
from apps.recommendations.models import ModelVersion
from apps.recommendations.training_progress import percent_done, seconds_told


def training_progress(version: ModelVersion, *, shards_done: int) -> str:
    return f"{percent_done(version, shards_done=shards_done)} %"


def phase_times(version: ModelVersion) -> str:
    return seconds_told(version) or NOTHING
