"""A light platform under the real supervision, in a folder whose path asks for trouble."""

import contextlib
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
import redis

from stack import processes

ROOT = Path(__file__).resolve().parents[2]
# A space, over 120 characters, and what shells and configuration files stumble over.
AWKWARD = "a folder; of #50% and it's name " + "long" * 25
UP_SECONDS = 60


def without_servers(environment: dict[str, str]) -> dict[str, str]:
    """`make test` provides servers; the stack must start its own here."""
    return {k: v for k, v in environment.items() if k not in ("DATABASE_URL", "REDIS_URL")}


@dataclass
class LightStack:
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()

    @property
    def steps_run(self) -> int:
        path = self._step_log
        return len(path.read_text()) if path.exists() else 0

    @property
    def _step_log(self) -> Path:
        return self.folder.with_name("steps")

    @property
    def state(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return content

    def popen(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self._command(arguments),
            cwd=ROOT,
            env=self._environment(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._command(arguments),
            cwd=ROOT,
            env=self._environment(environment),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=UP_SECONDS,
        )

    def up(self, **environment: str) -> str:
        result = self.run("up", **environment)
        assert result.returncode == 0, result.stdout
        return result.stdout

    def down(self) -> str:
        result = self.run("down")
        assert result.returncode == 0, result.stdout
        return result.stdout

    def pids(self) -> dict[str, int]:
        lines = self.run("status").stdout.splitlines()[1:]
        rows = [line.split() for line in lines]
        return {row[0]: int(row[2]) for row in rows if row[1] == "running"}

    def run_shell(self, *commands: str) -> "subprocess.CompletedProcess[str]":
        """Several commands in a row, in one shell behind the prefix."""
        entry = shlex.join(self._command(()))
        script = " && ".join(f"{entry} {command}" for command in commands)
        return subprocess.run(
            [*self.prefix, "sh", "-c", script],
            cwd=ROOT,
            env=self._environment({}),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=UP_SECONDS,
        )

    def supervisor_pid(self) -> int:
        return int((self.folder / "supervisord.pid").read_text())

    def processes(self) -> list[psutil.Process]:
        return processes.started_by(self.folder, None)

    def query(self, statement: str) -> list[Any]:
        with contextlib.closing(psycopg2.connect(self.state["database_url"])) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    def broker(self) -> "redis.Redis":
        return redis.Redis.from_url(self.state["redis_url"], decode_responses=True)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        entry = [sys.executable, "-m", "tests.stack.light", "--local-dir", str(self.folder)]
        return [*entry, *arguments]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        return {
            **without_servers(dict(os.environ)),
            "LIGHT_STEP_LOG": str(self._step_log),
            **self.environment,
            **more,
        }


@contextlib.contextmanager
def light_stack(folder: Path) -> Iterator[LightStack]:
    light = LightStack(folder / AWKWARD / ".local")
    light.folder.parent.mkdir()
    try:
        yield light
    finally:
        # `down` has tests of its own; this is quicker, and independent of it.
        for process in light.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[LightStack]:
    """One that has not been started."""
    with light_stack(tmp_path) as light:
        yield light


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LightStack]:
    with light_stack(tmp_path_factory.mktemp("shared")) as light:
        yield light


@pytest.fixture
def running(shared_stack: LightStack) -> LightStack:
    """One that runs, whatever an earlier test did to it."""
    shared_stack.up()
    return shared_stack


def eventually(condition: Callable[[], object], *, within_seconds: float) -> float:
    """Wait until the condition holds; how long that took. Fails when it takes longer."""
    started = time.monotonic()
    while not condition():
        elapsed = time.monotonic() - started
        assert elapsed < within_seconds, f"not within {within_seconds} s"
        time.sleep(0.05)
    return time.monotonic() - started
