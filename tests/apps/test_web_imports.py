import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from workers.schedule import SCHEDULE

PROCESS = Path(__file__).with_name("web_process.py")


def database_url() -> str:
    """The address of the database that this test run uses."""
    to = connection.settings_dict
    account = f"{quote(to['USER'])}:{quote(to['PASSWORD'])}"
    return f"postgres://{account}@{to['HOST']}:{to['PORT']}/{to['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_a_web_process_answers_everything_without_numpy_or_services() -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test",
        "DATABASE_URL": database_url(),
    }

    finished = subprocess.run(
        [sys.executable, str(PROCESS)],
        cwd=settings.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    report = json.loads(finished.stdout)
    assert {status for status in report["statuses"].values() if status >= 400} == set()
    assert len(report["statuses"]) == 27
    pages = report["admin_statuses"]
    assert set(pages.values()) == {200}
    assert "/admin/favorites/rating/" in pages
    assert "/admin/django_celery_beat/periodictask/add/" in pages
    assert sum(page.endswith("/change/") for page in pages) == len(SCHEDULE)
    assert report["loaded"] == []
