"""How far a training is and what took how long, for the admin and for commands."""

from .models import ModelVersion

Phase = ModelVersion.Phase

# Where in percent the phases begin, about as 5 to 20 million ratings take their time.
_GATE, _GRAM, _WEIGHTS, _FACTORS, _KERNEL, _ASSEMBLE = 1, 5, 25, 50, 95, 99
_BEGINNINGS = {
    Phase.SURVEY: 0,
    Phase.GATE: _GATE,
    Phase.KERNEL: _KERNEL,
    Phase.ASSEMBLE: _ASSEMBLE,
    Phase.DONE: _ASSEMBLE,
}


def percent_done(version: ModelVersion, *, shards_done: int) -> int:
    if version.state == ModelVersion.State.READY:
        return 100
    if version.phase == Phase.GRAM:
        return _between(_GRAM, _WEIGHTS, version.users_done, version.user_count)
    if version.phase == Phase.WEIGHTS:
        return _between(_WEIGHTS, _FACTORS, shards_done, version.shard_count)
    if version.phase == Phase.FACTORS:
        return _between(_FACTORS, _KERNEL, version.epochs_done, version.epoch_count)
    return _BEGINNINGS[Phase(version.phase)]


def seconds_told(version: ModelVersion) -> str:
    """Each phase that has ended, in the order of the phases: "survey 2.0 s, gram 31.2 s"."""
    known = [phase for phase in Phase if phase in version.seconds]
    return ", ".join(f"{phase} {version.seconds[phase]:.1f} s" for phase in known)


def _between(begin: int, end: int, done: int, total: int) -> int:
    """A phase is never quite done before the next has begun."""
    return min(begin + (end - begin) * done // total, end - 1) if total else begin
