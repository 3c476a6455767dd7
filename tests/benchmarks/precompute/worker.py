"""One worker process: opens the model and builds each generation whose id it reads.

It builds shards as a Celery worker does, until none is left; others do so beside it.
"""

import json
import sys
import time
from typing import Any

import django
from django.utils import timezone


def open_model(model_version_id: int) -> dict[str, Any]:
    """What a worker does once for each model: fetch it, check it, map it."""
    from apps.recommendations.models import ModelVersion
    from services.recommendations import model_store

    began = time.monotonic()
    model_store.open_model(ModelVersion.objects.get(pk=model_version_id))
    return {"opening_seconds": round(time.monotonic() - began, 2)}


def build(generation_id: int) -> dict[str, Any]:
    from services.recommendations import building
    from tests.benchmarks.machine import peak_rss_mb

    began = time.process_time()
    for generation in building.run_generation(
        generation_id=generation_id, clock=timezone.now, sleep=time.sleep
    ):
        last = generation
    if last.state != last.State.READY:
        raise RuntimeError(f"{last} is {last.state}: {last.error}")
    return {
        "cpu_seconds": round(time.process_time() - began, 2),
        "peak_rss_mb": peak_rss_mb(),
    }


def say(facts: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    django.setup()
    say(open_model(int(sys.argv[1])))
    for line in sys.stdin:
        say(build(int(line)))
