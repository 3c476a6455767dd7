"""A worker process that passes one gate, slice by slice, and says what each took."""

import json
import sys
import time
from typing import Any

import django
from django.utils import timezone

# What each slice after the survey finds, in turn.
SLICES = ("sample and popularity", "active", "candidate")


def pass_gate(model_version_id: int) -> dict[str, Any]:
    from apps.recommendations.models import ModelVersion
    from services.recommendations import training
    from tests.benchmarks.machine import peak_rss_mb_since_last_asked

    training.advance_training(model_version_id=model_version_id, clock=timezone.now)
    slices, peaks = dict[str, float](), [peak_rss_mb_since_last_asked()]
    for name in SLICES:
        began = time.monotonic()
        training.advance_training(model_version_id=model_version_id, clock=timezone.now)
        slices[name] = round(time.monotonic() - began, 1)
        peaks.append(peak_rss_mb_since_last_asked())
    version = ModelVersion.objects.get(pk=model_version_id)
    if "means" not in version.gate:
        raise RuntimeError(f"{version} was not decided: {version.gate} {version.error}")
    return {
        "sample": version.gate["sample"],
        "held_out_by": version.gate["held_out_by"],
        "outcome": version.gate["outcome"],
        "parts": version.settings["weights"],
        "slices": {f"seconds of {name}": seconds for name, seconds in slices.items()},
        "seconds": round(sum(slices.values()), 1),
        "peak_rss_mb": max(peaks),
        "peak_rss_mb_of_slices": dict(zip(("survey", *SLICES), peaks, strict=True)),
    }


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(pass_gate(int(sys.argv[1]))) + "\n")
