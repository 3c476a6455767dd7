"""Makes an environment and installs a lock file into it; a second run finds nothing to do.

Runs on the machine's own Python before anything is installed: standard library only.
"""

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# These share .venv; each lock contains the ones before it.
KINDS = ("local", "dev")
# Each of these has a folder of its own, in which the project itself is not installed.
APART = ("libraries",)
OUTPUT_LINES = 15


class EnvironmentFailure(Exception):  # noqa: N818  # shown to people as it is
    """The environment cannot be made; the text says what to do."""


@dataclass(frozen=True)
class Environment:
    root: Path
    kind: str

    @property
    def folder(self) -> Path:
        return self.root / (".venv" if self._is_shared else f".venv-{self.kind}")

    @property
    def _is_shared(self) -> bool:
        return self.kind in KINDS

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def lock(self) -> Path:
        return self.root / "requirements" / f"{self.kind}.txt"

    @property
    def _unfinished(self) -> Path:
        return self.folder / "nexus-unfinished"

    @property
    def _stamp(self) -> Path:
        return self.folder / f"nexus-{self.kind}"

    def _stamp_text(self) -> str:
        # The folder is part of it: a moved project's editable install points to the old place.
        parts = [self.lock, self.root / "pyproject.toml"]
        digest = hashlib.sha256(str(self.folder).encode())
        for part in parts:
            digest.update(part.read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        if self._unfinished.exists() or not self.python.exists():
            return False
        try:
            return self._stamp.read_text() == self._stamp_text()
        except FileNotFoundError:
            return False

    def make(self) -> None:
        """Raises EnvironmentFailure when it cannot be made."""
        if self._unfinished.exists() or not self._can_be_installed_into():
            self._create()
        started = time.monotonic()
        say(f"Installing requirements/{self.lock.name} into {self.folder.name} ...")
        # An install that is interrupted leaves files that the next one would take for whole.
        self._unfinished.touch()
        self._install("--require-hashes", "-r", str(self.lock))
        if self._is_shared:
            self._install("--no-deps", "--no-build-isolation", "--editable", str(self.root))
        for kind in self._contained():
            Environment(self.root, kind).mark_current()
        self._unfinished.unlink()
        say(f"Installed in {time.monotonic() - started:.0f} s.")

    def _contained(self) -> tuple[str, ...]:
        """The kinds whose lock is installed with this one's, itself among them."""
        return KINDS[: KINDS.index(self.kind) + 1] if self._is_shared else (self.kind,)

    def mark_current(self) -> None:
        self._stamp.write_text(self._stamp_text())

    def _can_be_installed_into(self) -> bool:
        """Whether what is there is a working environment that we can install into."""
        if not self.python.exists():
            return False
        check = "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
        if _run([str(self.python), "-I", "-c", check]).returncode != 0:
            return False
        has_pip = _run([str(self.python), "-I", "-c", "import pip"]).returncode == 0
        return has_pip or _uv() is not None

    def _create(self) -> None:
        version = ".".join(map(str, sys.version_info[:3]))
        say(f"Creating {self.folder.name} with Python {version} ({sys.executable}) ...")
        if _has_module("ensurepip") and _has_module("venv"):
            command = [sys.executable, "-I", "-m", "venv", "--clear", str(self.folder)]
        elif uv := _uv():
            command = [uv, "venv", "--quiet", "--no-project", "--clear", "--python"]
            command += [sys.executable, str(self.folder)]
        else:
            raise EnvironmentFailure(no_venv_message(sys.version_info[:2], sys.executable))
        result = _run(command)
        if result.returncode != 0:
            raise EnvironmentFailure(
                f"{self.folder.name} cannot be created:\n{_last_lines(result)}"
            )

    def _install(self, *arguments: str) -> None:
        if _run([str(self.python), "-I", "-c", "import pip"]).returncode == 0:
            command = [str(self.python), "-m", "pip", "install", "--quiet"]
            command += ["--disable-pip-version-check", "--no-input"]
        else:
            command = [str(_uv()), "pip", "install", "--quiet", "--python", str(self.python)]
        result = _run([*command, *arguments], cwd=self.root)
        if result.returncode != 0:
            raise EnvironmentFailure(
                f"The installation failed (is the package index reachable?):\n{_last_lines(result)}"
            )


def no_venv_message(version: tuple[int, ...], executable: str) -> str:
    package = f"python{version[0]}.{version[1]}-venv"
    return (
        f"{executable} comes without the modules venv and ensurepip. Three ways out:\n"
        f"  apt install {package}      (Debian, Ubuntu; as root, then run make again)\n"
        f"  make PYTHON=/path/to/another/python3 up\n"
        f"  install uv (https://docs.astral.sh/uv/), which make then uses instead"
    )


def _has_module(name: str) -> bool:
    """Whether a module is there with its code; an empty folder would be found as well."""
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def _uv() -> str | None:
    return shutil.which("uv")


def _run(command: Sequence[str], *, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    # These two would send an installation elsewhere.
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PIP_USER", "PIP_TARGET")
    }
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        cwd=cwd,
        env=environment,
    )


def _last_lines(result: "subprocess.CompletedProcess[str]") -> str:
    lines = (result.stdout + result.stderr).strip().splitlines()[-OUTPUT_LINES:]
    return "\n".join(f"  {line}" for line in lines)


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Two makes at once: the second waits, then finds the work done."""
    folder = root / ".local"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=(*KINDS, *APART))
    parser.add_argument("--check", action="store_true", help="only tell, by the exit code")
    options = parser.parse_args(arguments)
    environment = Environment(ROOT, options.kind)
    if options.check:
        return 0 if environment.is_current() else 1
    try:
        with _alone(ROOT):
            if not environment.is_current():
                environment.make()
    except (EnvironmentFailure, OSError) as failure:
        say(f"Error: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
