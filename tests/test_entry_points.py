"""The two doors of the platform: `manage.py` and the web server's application."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
NOBODY_LISTENS = "postgres://nexus:secret@127.0.0.1:1/nexus"


def run_python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_without_a_database_says_what_to_do() -> None:
    finished = run_python(
        "manage.py",
        "train",
        DJANGO_SETTINGS_MODULE="movie_backend.settings.local",
        DATABASE_URL=NOBODY_LISTENS,
    )

    assert finished.returncode == 1
    assert finished.stderr.startswith("The database does not answer: ")
    assert finished.stderr.endswith("Is the platform up? `make up` starts it.\n")
    assert "Traceback" not in finished.stderr
    assert "secret" not in finished.stderr


@pytest.mark.django_db
def test_only_web_processes_limit_their_statements() -> None:
    ask = (
        "import movie_backend.wsgi; from django.db import connection as c; k = c.cursor();"
        " k.execute('SHOW statement_timeout'); print(k.fetchone()[0])"
    )

    web = run_python("-c", ask, DJANGO_SETTINGS_MODULE="movie_backend.settings.test")

    assert web.stdout == "10s\n", web.stderr
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
