"""`with-servers`: servers for one command, gone with it."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from stack import processes
from stack.ephemeral import PREFIX, remove_abandoned

from .conftest import ROOT, eventually, without_servers

QUERY = """
import os, psycopg2, redis
connection = psycopg2.connect(os.environ["DATABASE_URL"])
cursor = connection.cursor()
cursor.execute("SHOW max_connections")
print(cursor.fetchone()[0], redis.Redis.from_url(os.environ["REDIS_URL"]).ping())
connection.close()
"""


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**without_servers(dict(os.environ)), "TMPDIR": str(folder), **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "stack", "with-servers", "--", *arguments]


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(f"{PREFIX}*")]


def started_in(folder: Path) -> list[psutil.Process]:
    return [p for path in folder.glob(f"{PREFIX}*") for p in processes.started_by(path, None)]


def test_the_command_gets_both_servers_and_nothing_is_left(tmp_path: Path) -> None:
    result = subprocess.run(
        command(sys.executable, "-c", QUERY),
        cwd=ROOT,
        env=environment(tmp_path),
        check=False,
        capture_output=True,
        text=True,
    )

    assert (result.returncode, result.stdout) == (0, "200 True\n"), result.stderr
    assert left(tmp_path) == []


def test_the_exit_code_is_the_commands_own(tmp_path: Path) -> None:
    result = subprocess.run(
        command("sh", "-c", "exit 5"), cwd=ROOT, env=environment(tmp_path), check=False
    )

    assert result.returncode == 5


def test_given_servers_are_passed_on_and_none_is_started(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgres://given", "REDIS_URL": "redis://given"}

    result = subprocess.run(
        command("sh", "-c", f'echo "$DATABASE_URL $REDIS_URL"; ls {shlex.quote(str(tmp_path))}'),
        cwd=ROOT,
        env=environment(tmp_path, **given),
        check=True,
        capture_output=True,
        text=True,
    )

    assert result.stdout == "postgres://given redis://given\n"


def test_terminated_it_ends_the_command_and_the_servers(tmp_path: Path) -> None:
    with subprocess.Popen(command("sleep", "60"), cwd=ROOT, env=environment(tmp_path)) as process:
        eventually(lambda: len(psutil.Process(process.pid).children()) == 3, within_seconds=20)
        children = psutil.Process(process.pid).children(recursive=True)

        process.send_signal(signal.SIGTERM)

    assert process.returncode == 128 + signal.SIGTERM
    assert [child for child in children if processes.is_alive(child)] == []
    assert left(tmp_path) == []


def test_what_a_killed_one_left_is_removed_by_the_next(tmp_path: Path) -> None:
    with subprocess.Popen(command("sleep", "60"), cwd=ROOT, env=environment(tmp_path)) as process:
        eventually(lambda: len(psutil.Process(process.pid).children()) == 3, within_seconds=20)
        process.kill()
    orphans = started_in(tmp_path)
    assert len(orphans) >= 2

    remove_abandoned(tmp_path)

    assert [orphan for orphan in orphans if processes.is_alive(orphan)] == []
    assert left(tmp_path) == []


def test_what_another_command_uses_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(command("sleep", "60"), cwd=ROOT, env=environment(tmp_path)) as process:
        eventually(lambda: len(psutil.Process(process.pid).children()) == 3, within_seconds=20)

        remove_abandoned(tmp_path)

        assert len(left(tmp_path)) == 1
        assert all(processes.is_alive(p) for p in started_in(tmp_path))
        process.terminate()
