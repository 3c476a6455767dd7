"""What one gate costs: from generated ratings in PostgreSQL, by a worker process."""

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import django

from tests.benchmarks.machine import describe_machine
from tests.benchmarks.tables import show_facts
from tests.flows.live import fresh_database
from tests.flows.processes import ROOT, python

# The gate keeps 5,000 films; of twice as many all parts of the blend are fitted.
ITEMS = 10_000
# As a worker has it: more threads than processes have cores would only fight.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
# Other settings than the active ones, and as much work.
CANDIDATE = {"ials": {"seed": 1}}


def measure_limit(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds and memory of each slice of a gate with so many viewers and ratings."""
    with _platform():
        from tests.benchmarks.training.population import fill

        shape = fill(ratings=options.rating_count, items=ITEMS, users=options.viewers)
        gate = _pass_gate()
    told = {"sample": gate.pop("sample"), "seconds": gate["seconds"], **gate.pop("slices")}
    show_facts("One gate", {**told, "peak_rss_mb": gate["peak_rss_mb"]})
    return {"filled": asdict(shape), "items": ITEMS, **told, **gate, "machine": describe_machine()}


@contextmanager
def _platform() -> Iterator[None]:
    """An empty one, which this process and those that it starts use."""
    with (
        fresh_database(os.environ["DATABASE_URL"]) as database_url,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.environ.update(
            {
                "DATABASE_URL": database_url,
                "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test",
                "RECOMMENDER_CACHE_DIR": folder,
                **ONE_THREAD,
            }
        )
        migrate = python("manage.py", "migrate", "--verbosity", "0")
        subprocess.run(migrate, cwd=ROOT, check=True, timeout=300)
        django.setup()
        yield


def _pass_gate() -> dict[str, Any]:
    from apps.recommendations import actions

    _have_other_settings_read()
    version = actions.request_training()
    told = subprocess.run(
        python("-m", "tests.benchmarks.gate.slices", str(version.pk)),
        cwd=ROOT,
        env={**os.environ, "RECOMMENDER_MODEL": json.dumps(CANDIDATE)},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def _have_other_settings_read() -> None:
    """An active generation without a list: the gate asks only what it was made with."""
    from apps.recommendations.models import ModelVersion
    from services.recommendations.configuration import Configuration
    from tests.factories import make_generation

    configuration = Configuration.from_environment()
    version = ModelVersion.objects.create(
        state=ModelVersion.State.READY, configuration=configuration.to_json()
    )
    make_generation(active=True, model_version=version, pipeline=configuration.lists.to_json())
