"""`manage.py sync` as its own process, interrupted."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from apps.movies.models import SyncRun
from services.catalog import sweeping
from tests.services.catalog.conftest import ALIEN
from tests.tmdb_server import faults
from tests.tmdb_server.stand_in import StandIn

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 30
POLL_SECONDS = 0.02


def start(tmdb: StandIn, *arguments: object) -> "subprocess.Popen[str]":
    database = urlsplit(os.environ["DATABASE_URL"])
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "sync", *map(str, arguments)],
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test",
            "DATABASE_URL": database._replace(path=connection.settings_dict["NAME"]).geturl(),
            "TMDB_URL": tmdb.url,
            "TMDB_API_TOKEN": tmdb.token,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_asked(tmdb: StandIn) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not tmdb.arrivals():
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


@pytest.mark.parametrize("arguments", [("genres",), ("movies", ALIEN)], ids=["prepare", "titles"])
def test_ctrl_c_leaves_the_run_to_the_workers(tmdb: StandIn, arguments: tuple[object, ...]) -> None:
    tmdb.faults(faults.maintenance(times=None))
    process = start(tmdb, *arguments)
    try:
        wait_until_asked(tmdb)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
        process.communicate()

    run = SyncRun.objects.get()
    assert process.returncode == 130
    assert output == f"Sync {run.pk} ({run.kind}) is requested.\n"
    assert errors.endswith("CommandError: Interrupted: the workers go on with it.\n")
    assert run.state == SyncRun.State.RUNNING
    # After the longest lease there is.
    assert sweeping.waiting_syncs(at=timezone.now() + timedelta(minutes=2)) == [run.pk]
