"""How far runs are, and what took how long."""

from apps.core.admin_display import NOTHING
from apps.recommendations.models import ModelVersion
from apps.recommendations.training_progress import percent_done


def training_progress(version: ModelVersion, *, shards_done: int) -> str:
    return f"{percent_done(version, shards_done=shards_done)} %"


def phase_times(version: ModelVersion) -> str:
    """Each phase that has ended, in the order of the phases."""
    known = [phase for phase in ModelVersion.Phase if phase in version.seconds]
    return ", ".join(f"{phase} {version.seconds[phase]:.1f} s" for phase in known) or NOTHING
