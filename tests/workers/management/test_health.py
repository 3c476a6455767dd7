import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from apps.core.heartbeats import record
from tests.apps.test_web_imports import database_url
from tests.workers.management.shell import Shell
from workers.management.commands.health import Command

SOUND = ["database", "migrations", "broker"]


@pytest.fixture
def health_alone(capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command where no test has a database, so that it cannot have asked one."""
    return Shell(Command, "health", capsys)


def health(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "health", *arguments],
        cwd=settings.ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test",
            "DATABASE_URL": database_url(),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.django_db(transaction=True)
def test_it_is_0_when_all_that_was_asked_for_is_well() -> None:
    record(name="beat")

    result = health(*SOUND, "beat")

    assert (result.returncode, result.stderr) == (0, "")
    words = [line.split()[:2] for line in result.stdout.splitlines() if " ok " in line]
    assert words == [[name, "ok"] for name in (*SOUND, "beat")]


@pytest.mark.django_db(transaction=True)
def test_it_is_1_when_something_fails() -> None:
    result = health("--json")

    report = json.loads(result.stdout)
    assert result.returncode == 1
    assert report["status"] == "failing"
    assert report["checks"]["beat"] == {"status": "failing", "detail": "never seen"}
    assert [name for name, check in report["checks"].items() if check["status"] == "ok"] == SOUND


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_told_in_a_table_not_in_a_traceback() -> None:
    result = health("database", "broker", DATABASE_URL="postgres://nobody@127.0.0.1:1/none")

    assert result.returncode == 1
    assert "the database cannot be reached" in result.stdout
    assert "Traceback" not in result.stderr + result.stdout


@pytest.mark.parametrize("arguments", [["unheard-of"], ["--unheard-of"]])
def test_it_is_2_when_it_is_asked_for_what_there_is_not(
    health_alone: Shell, arguments: list[str]
) -> None:
    ended = health_alone(*arguments)

    assert ended.code == 2
    assert ended.output == ""
    assert "unheard-of" in ended.errors


def test_its_help_names_the_checks_and_the_exit_codes(health_alone: Shell) -> None:
    ended = health_alone("--help")

    assert ended.code == 0
    assert "queue:maintenance" in ended.output
    assert "\n  1  something fails\n" in ended.output
