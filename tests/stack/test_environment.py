"""`.venv`: made once, made anew when it is broken or half made, and honest when it cannot be."""

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stack import environment
from stack.environment import Environment, EnvironmentFailure

ROOT = Path(__file__).resolve().parents[2]

# A project that installs without a network: its build backend is a file of its own.
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import zipfile

FILES = {
    "tiny_marker.py": ["here = True"],
    "tiny-1.0.dist-info/METADATA": ["Metadata-Version: 2.1", "Name: tiny", "Version: 1.0"],
    "tiny-1.0.dist-info/WHEEL": [
        "Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any"
    ],
    "tiny-1.0.dist-info/RECORD": [],
}

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        for path, lines in FILES.items():
            wheel.writestr(path, "".join(f"{line}\\n" for line in lines))
    return name
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project") / "a folder with spaces"
    (root / "requirements").mkdir(parents=True)
    (root / "stack").mkdir()
    for name in ("environment.sh", "environment.py"):
        shutil.copy(ROOT / "stack" / name, root / "stack")
    for kind in (*environment.KINDS, *environment.APART):
        (root / "requirements" / f"{kind}.txt").write_text("# nothing\n")
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "backend.py").write_text(BACKEND)
    return root


def make(project: Path, kind: str = "local", **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["sh", "stack/environment.sh", kind],
        cwd=project,
        env={**os.environ, "PYTHON": sys.executable, **more},
        check=False,
        capture_output=True,
        text=True,
    )


def made(project: Path) -> Environment:
    result = make(project)
    assert result.returncode == 0, result.stderr
    return Environment(project, "local")


def works(environment: Environment) -> bool:
    command = [str(environment.python), "-c", "import tiny_marker, pip"]
    return subprocess.run(command, check=False).returncode == 0


def test_it_is_made_with_the_project_in_it_and_a_second_run_is_silent(project: Path) -> None:
    assert works(made(project))

    started = time.monotonic()
    again = make(project)

    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert time.monotonic() - started < 2


def test_a_changed_lock_is_installed_into_the_same_environment(project: Path) -> None:
    current = made(project)
    kept = current.folder / "kept"
    kept.touch()
    current.lock.write_text(f"# changed at {time.time()}\n")

    result = make(project)

    assert "Installing requirements/local.txt" in result.stderr
    assert "Creating" not in result.stderr
    assert kept.exists()
    assert current.is_current()


def test_the_larger_lock_counts_for_the_smaller(project: Path) -> None:
    made(project)

    assert "requirements/dev.txt" in make(project, "dev").stderr

    assert Environment(project, "local").is_current()
    assert Environment(project, "dev").is_current()


def test_what_stands_apart_has_a_folder_of_its_own_without_the_project(project: Path) -> None:
    shared = made(project)

    result = make(project, "libraries")

    assert "requirements/libraries.txt into .venv-libraries" in result.stderr
    apart = Environment(project, "libraries")
    assert apart.is_current()
    assert apart.folder == project / ".venv-libraries"
    assert not works(apart)
    assert shared.is_current()
    assert make(project, "libraries").stderr == ""


def test_an_interrupted_installation_is_begun_anew(project: Path) -> None:
    current = made(project)
    (current.folder / "nexus-unfinished").touch()
    (current.folder / "half-installed").touch()

    result = make(project)

    assert "Creating .venv" in result.stderr
    assert works(current)
    assert not (current.folder / "half-installed").exists()


def test_an_environment_whose_python_is_gone_is_made_anew(project: Path) -> None:
    current = made(project)
    for name in ("python", "python3"):
        (current.folder / "bin" / name).unlink(missing_ok=True)
        (current.folder / "bin" / name).symlink_to("/no/such/python")

    result = make(project)

    assert result.returncode == 0, result.stderr
    assert "Creating .venv" in result.stderr
    assert works(current)


def test_a_failed_installation_says_so_and_the_next_run_mends_it(project: Path) -> None:
    current = made(project)
    good = current.lock.read_text()
    current.lock.write_text("no-such-package-of-nexus==1.0 --hash=sha256:" + "0" * 64 + "\n")

    failed = make(project, PIP_NO_INDEX="1", PIP_FIND_LINKS="")

    assert failed.returncode == 1
    assert "The installation failed" in failed.stderr
    assert "no-such-package-of-nexus" in failed.stderr
    current.lock.write_text(good)
    assert make(project).returncode == 0
    assert works(current)


def test_two_at_once_make_one_environment(project: Path) -> None:
    current = made(project)
    current.lock.write_text(f"# changed at {time.time()}\n")
    command = ["sh", "stack/environment.sh", "local"]
    options = {"cwd": project, "env": {**os.environ, "PYTHON": sys.executable}}
    running = [
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]
        for _ in range(2)
    ]

    texts = [process.communicate()[1] for process in running]

    assert [process.returncode for process in running] == [0, 0]
    assert sorted("Installing" in text for text in texts) == [False, True]


def test_a_moved_project_is_installed_from_its_new_place(project: Path, tmp_path: Path) -> None:
    made(project)
    moved = tmp_path / "moved"
    shutil.copytree(project, moved, symlinks=True)

    assert not Environment(moved, "local").is_current()


def test_only_an_old_python_is_refused_with_the_ways_out(project: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    empty = tmp_path / "project"
    shutil.copytree(project / "stack", empty / "stack")
    without_uv = os.pathsep.join(
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if not (Path(folder) / "uv").exists()
    )

    result = make(empty, PYTHON=str(old), PATH=without_uv)

    assert result.returncode == 1
    assert "Nexus needs Python 3.11, 3.12 or 3.13" in result.stderr
    assert f"{old} is Python 3.9.2" in result.stderr
    assert "apt install python3 python3-venv" in result.stderr
    assert not (empty / ".venv").exists()


def test_a_python_without_venv_is_refused_with_the_ways_out(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec

    def without_ensurepip(name: str) -> importlib.machinery.ModuleSpec | None:
        return None if name == "ensurepip" else real(name)

    monkeypatch.setattr(importlib.util, "find_spec", without_ensurepip)
    monkeypatch.setenv("PATH", str(tmp_path))
    root = tmp_path / "project"
    shutil.copytree(project / "requirements", root / "requirements")

    with pytest.raises(EnvironmentFailure) as raised:
        Environment(root, "local").make()

    message = str(raised.value)
    assert f"apt install python3.{sys.version_info.minor}-venv" in message
    assert "make PYTHON=" in message
    assert "install uv" in message
    assert not (root / ".venv").exists()
