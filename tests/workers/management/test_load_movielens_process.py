"""`manage.py load_movielens` as its own process: at a terminal, interrupted and killed."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.services.imports.data_sets import archive_of
from tests.services.imports.grouplens.server import Fault, GroupLens

ROOT = Path(__file__).parents[3]
NAME = "ml-latest-small.zip"
CONTENT = archive_of("ml-latest-small", filler=200_000)
HELD = 100_000
PATIENCE = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "datasets"


@pytest.fixture
def environment(grouplens: GroupLens, folder: Path) -> dict[str, str]:
    grouplens.publish(NAME, CONTENT)
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test",
        "GROUPLENS_URL": grouplens.url,
        "DATASETS_DIR": str(folder),
        "TERM": "xterm",
        "COLUMNS": "120",
    }


def command(*arguments: str) -> list[str]:
    manage = str(ROOT / "manage.py")
    return [sys.executable, manage, "load_movielens", "small", "--download-only", *arguments]


@pytest.fixture
def held_back(grouplens: GroupLens, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A run whose server has stopped in the middle of the archive."""
    grouplens.fail(NAME, Fault(hold_after=HELD))
    run = subprocess.Popen(
        command("--accept-licence"),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert grouplens.holding.wait(PATIENCE)
        yield run
    finally:
        run.kill()
        run.communicate()


def wait_for_part(folder: Path) -> int:
    """The size of the part once it stopped growing."""
    part = folder / f"{NAME}.part"
    deadline = time.monotonic() + PATIENCE
    size = -1
    while size < HELD / 2 or size != part.stat().st_size:
        assert time.monotonic() < deadline
        size = part.stat().st_size if part.exists() else -1
        time.sleep(0.3)
    return size


def finish(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("--accept-licence"),
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_ctrl_c_says_that_the_part_stays_and_the_next_run_goes_on(
    grouplens: GroupLens,
    environment: dict[str, str],
    folder: Path,
    held_back: subprocess.Popen[str],
) -> None:
    wait_for_part(folder)
    held_back.send_signal(signal.SIGINT)
    _, errors = held_back.communicate(timeout=PATIENCE)
    size = (folder / f"{NAME}.part").stat().st_size
    grouplens.release.set()

    assert held_back.returncode == 130
    assert errors.endswith(
        "CommandError: Nothing was imported. Interrupted. The same command, run again, goes on "
        "where this one stopped.\n"
    )
    assert not (folder / NAME).exists()
    assert finish(environment).returncode == 0
    assert grouplens.asked_for(NAME)[-1].range == f"bytes={size}-"
    assert (folder / NAME).read_bytes() == CONTENT


def test_a_killed_run_leaves_a_part_that_the_next_goes_on_from(
    grouplens: GroupLens,
    environment: dict[str, str],
    folder: Path,
    held_back: subprocess.Popen[str],
) -> None:
    wait_for_part(folder)
    second = finish(environment)
    held_back.kill()
    held_back.wait(PATIENCE)
    size = (folder / f"{NAME}.part").stat().st_size
    grouplens.release.set()

    assert second.returncode == 4
    assert f"Another run is downloading {NAME}" in second.stderr
    assert finish(environment).returncode == 0
    assert grouplens.asked_for(NAME)[-1].range == f"bytes={size}-"
    assert (folder / NAME).read_bytes() == CONTENT


def at_terminal(environment: dict[str, str], answer: bytes | None) -> tuple[int, str]:
    """Run the command at a terminal and answer its question, None by interrupting it.

    The exit code and what was on the screen.
    """
    ours, theirs = pty.openpty()
    run = subprocess.Popen(command(), env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        screen = read_until(ours, b"[y/N]")
        if answer is None:
            interrupt(run)
        else:
            os.write(ours, answer)
        screen += read_until(ours, None)
        return run.wait(PATIENCE), screen.decode()
    finally:
        run.kill()
        run.wait()
        os.close(ours)


def read_until(terminal: int, text: bytes | None) -> bytes:
    """What appears up to `text`, or up to the end."""
    screen = b""
    while text is None or text not in screen:
        assert select.select([terminal], [], [], PATIENCE)[0], screen
        try:
            read = os.read(terminal, 65_536)
        except OSError:  # Linux reports in this way that the other end is closed.
            break
        if not read:
            break
        screen += read
    return screen


def interrupt(run: subprocess.Popen[bytes]) -> None:
    """Again and again: Python overlooks a signal between its prompt and its read.

    A second one would end a process that is about to end by itself.
    """
    for _ in range(PATIENCE):
        run.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            run.wait(5)
            return


@pytest.mark.parametrize("answer", [b"y\n", b" YES \n"])
def test_the_licence_is_accepted_at_a_terminal(
    environment: dict[str, str], folder: Path, answer: bytes
) -> None:
    returncode, screen = at_terminal(environment, answer)

    assert returncode == 0, screen
    assert screen.index("ml-latest-small-README.html") < screen.index("Do you accept the licence?")
    assert f"Downloading {NAME}" in screen
    assert (folder / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("answer", [b"\n", b"no\n", b"yes please\n", b"\x04", None])
def test_any_other_answer_downloads_nothing(
    grouplens: GroupLens, environment: dict[str, str], folder: Path, answer: bytes | None
) -> None:
    returncode, screen = at_terminal(environment, answer)

    assert returncode == (130 if answer is None else 3), screen
    assert grouplens.asked == []
    assert not folder.exists()
