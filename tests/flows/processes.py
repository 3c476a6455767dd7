"""The platform's own processes, started as `make up` starts them, for tests that kill things."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 20


@dataclass
class PlatformProcess:
    """A child that `revive` starts again when it has died, as the stack's supervisor would."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    deaths: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A session of its own would be a group of Linux's scheduler, too, in which a
                # worker's niceness is no concern of the others'.
                process_group=0,
            )

    def revive(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.deaths += 1
            self.start()

    def kill(self) -> None:
        """End it and its children as a crash of the machine would."""
        os.killpg(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def celery(*arguments: str) -> tuple[str, ...]:
    return python("-m", "celery", "-A", "workers", *arguments)
