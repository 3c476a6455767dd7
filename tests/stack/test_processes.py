"""Which processes count as ours, and how they are ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack import processes

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"


@pytest.fixture
def spawned() -> Iterator[list["subprocess.Popen[str]"]]:
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        process.kill()
        process.communicate()


def spawn(
    spawned: list["subprocess.Popen[str]"], marker: dict[str, str], code: str = SLEEP
) -> psutil.Process:
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, **marker},
        stdout=subprocess.PIPE,
        text=True,
    )
    spawned.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return psutil.Process(process.pid)


def test_ours_is_what_carries_our_folder(
    tmp_path: Path, spawned: list["subprocess.Popen[str]"]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    ours = spawn(spawned, processes.marker(tmp_path, "one"))
    spawn(spawned, processes.marker(other, "one"))
    spawn(spawned, {})

    assert processes.started_by(tmp_path, "one") == [ours]
    assert processes.started_by(tmp_path, None) == [ours]


def test_after_a_move_the_id_tells_but_only_if_the_old_folder_is_gone(
    tmp_path: Path, spawned: list["subprocess.Popen[str]"]
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    ours = spawn(spawned, processes.marker(old, "one"))

    old.rename(new)
    assert processes.started_by(new, "one") == [ours]
    assert processes.started_by(new, "two") == []

    old.mkdir()
    assert processes.started_by(new, "one") == []
    assert processes.started_by(old, None) == [ours]


def test_a_link_to_the_folder_is_the_folder(
    tmp_path: Path, spawned: list["subprocess.Popen[str]"]
) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    ours = spawn(spawned, processes.marker(link, "one"))

    assert processes.started_by(folder, "one") == [ours]


def test_a_zombie_is_not_alive(tmp_path: Path, spawned: list["subprocess.Popen[str]"]) -> None:
    process = spawn(spawned, processes.marker(tmp_path, "one"))
    process.send_signal(signal.SIGKILL)
    while process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)

    assert not processes.is_alive(process)
    assert processes.started_by(tmp_path, "one") == []


def test_stop_asks_first_and_kills_what_does_not_listen(
    tmp_path: Path, spawned: list["subprocess.Popen[str]"]
) -> None:
    polite = spawn(spawned, {})
    stubborn = spawn(spawned, {}, STUBBORN)

    processes.stop([polite, stubborn], grace_seconds=0.5)

    assert [process.wait() for process in spawned] == [-signal.SIGTERM, -signal.SIGKILL]


def test_stop_leaves_a_child_to_its_parent(
    tmp_path: Path, spawned: list["subprocess.Popen[str]"]
) -> None:
    told = tmp_path / "child-was-told"
    child = (
        "import pathlib, signal, sys, time\n"
        f"signal.signal(signal.SIGTERM, lambda *_: pathlib.Path({str(told)!r}).touch())\n"
        "print('up', flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = (
        "import signal, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE)\n"
        "def end(*_):\n"
        "    child.stdin.close()\n"
        "    child.wait()\n"
        "    sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "signal.pause()\n"
    )
    root = spawn(spawned, {}, parent)

    processes.stop([root, *root.children()], grace_seconds=10)

    assert spawned[0].wait() == 7
    assert not told.exists()
