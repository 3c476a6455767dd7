"""One worker process of a measured training: takes part until it ends, and says what it took."""

import json
import os
import sys
import time

import django
from django.utils import timezone


def take_part(model_version_id: int) -> dict[str, object]:
    from apps.recommendations.models import ModelVersion
    from services.recommendations import training
    from tests.benchmarks.machine import peak_rss_mb_since_last_asked

    began = time.process_time()
    before = peak_rss_mb_since_last_asked()
    phase, peaks = ModelVersion.Phase.SURVEY.value, dict[str, int]()
    for version in training.run_training(
        model_version_id=model_version_id, clock=timezone.now, sleep=time.sleep
    ):
        last = version
        # One step may end a phase and do the next one as well, after the last of the shards.
        ended = [known.value for known in ModelVersion.Phase if known in version.seconds]
        worked_at = phase if version.phase == phase else ended[-1]
        peaks[worked_at] = max(peaks.get(worked_at, 0), peak_rss_mb_since_last_asked())
        phase = version.phase
    if last.state != ModelVersion.State.READY:
        raise RuntimeError(f"{last} is {last.state}: {last.error}")
    return {
        "pid": os.getpid(),
        "cpu_seconds": round(time.process_time() - began, 1),
        "rss_mb_at_start": before,
        "peak_rss_mb": max(peaks.values()),
        "peak_rss_mb_of_phases": peaks,
    }


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(take_part(int(sys.argv[1]))) + "\n")
