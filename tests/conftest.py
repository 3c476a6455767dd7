import gc
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from rest_framework.test import APIClient

from tests.emptying import emptying_what_has_rows

# As the stack's own processes have it, and before anything imports NumPy: threads that wait for
# their part of a product keep the cores busy on which the other tests run.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Shells have what they start in the background ignore Ctrl-C, and so would all that tests start and
# interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Migrations and rendered pages make so many objects that Python would look through all it has
# again and again.
gc.set_threshold(50_000, 20, 20)
# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Modules and collected tests stay to the end: they are not looked through as garbage."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def quickly_emptied_database() -> Iterator[None]:
    with emptying_what_has_rows():
        yield


@pytest.fixture(autouse=True)
def failing_receiver_fails_the_test(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """`announce` only logs a receiver that raises; here that log line is a failure."""
    yield
    for when in ("setup", "call"):
        failures = [r for r in caplog.get_records(when) if r.name == "apps.core.events"]
        assert not [r.getMessage() for r in failures if r.levelno >= logging.ERROR]


@pytest.fixture(autouse=True)
def nothing_is_asked_of_the_real_tmdb(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a token of their own in the environment."""
    for name in ("TMDB_API_TOKEN", "TMDB_API_KEY"):
        monkeypatch.setattr(settings, name, "")


@pytest.fixture
def client() -> APIClient:
    return APIClient()


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder with `data/` and `tmdb/`, which stays outside the repository."""
    folder = os.environ.get("NEXUS_DATASETS")
    if not folder:
        pytest.skip("NEXUS_DATASETS is not set: this test needs the real data sets")
    return Path(folder)
