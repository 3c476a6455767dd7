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
    from tests.benchmarks.machine import peak_rss_mb

    began = time.process_time()
    before = peak_rss_mb()
    for version in training.run_training(
        model_version_id=model_version_id, clock=timezone.now, sleep=time.sleep
    ):
        last = version
    if last.state != ModelVersion.State.READY:
        raise RuntimeError(f"{last} is {last.state}: {last.error}")
    return {
        "pid": os.getpid(),
        "cpu_seconds": round(time.process_time() - began, 1),
        "rss_mb_at_start": before,
        "peak_rss_mb": peak_rss_mb(),
    }


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(take_part(int(sys.argv[1]))) + "\n")
