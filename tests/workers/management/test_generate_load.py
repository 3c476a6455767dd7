"""`manage.py generate_load` as a shell meets it; into files with no database anywhere."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.favorites.models import Rating
from apps.movies.models import Movie
from apps.users.models import User
from tests.factories import make_user
from tests.workers.management.shell import Shell
from workers.management.commands import generate_load as command

ROOT = Path(__file__).resolve().parents[3]
FEW = ("tiny", "--viewers", 20, "--films", 100, "--ratings", 300, "--no-progress")
ALLOWED_GROWTH_KIB = 10 * 1024
# Of the process itself: what it was started by does not count.
MEASURED = """
import runpy, sys
sys.argv = ["manage.py", *sys.argv[1:]]
runpy.run_path("manage.py", run_name="__main__")
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.fixture
def generate_load(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(command.Command, "generate_load", capsys)


def fill(*words: str) -> str:
    """In this process, with the connection of the test."""
    output = StringIO()
    call_command("generate_load", *map(str, FEW), *words, stdout=output)
    return output.getvalue()


def run_without_database(*words: object, script: tuple[str, ...] = ("manage.py",)) -> str:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    }
    done = subprocess.run(
        [sys.executable, *script, "generate_load", *map(str, words)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_files_need_no_database(tmp_path: Path) -> None:
    output = run_without_database(*FEW, "--to", tmp_path / "load")

    assert "20 viewers, 100 films, 300 ratings" in output
    assert re.search(r"[\d,]+ ratings/s", output)
    assert {file.name for file in (tmp_path / "load").iterdir()} == {
        *("links.csv", "movies.csv", "ratings.csv")
    }
    assert len((tmp_path / "load" / "ratings.csv").read_text().splitlines()) == 301


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_ten_times_the_viewers_take_the_same_memory(tmp_path: Path) -> None:
    peaks = []
    for viewers in (1_000, 10_000):
        counts = ("--viewers", viewers, "--films", 1_000, "--ratings", viewers * 50)
        output = run_without_database(
            *("tiny", *counts, "--to", tmp_path / str(viewers)), script=("-c", MEASURED)
        )
        found = re.search(r"VmHWM:\s*(\d+) kB", output)
        assert found, output
        peaks.append(int(found[1]))

    assert peaks[1] - peaks[0] <= ALLOWED_GROWTH_KIB, peaks


def test_a_dry_run_says_what_would_be_written_and_writes_no_file(
    generate_load: Shell, tmp_path: Path
) -> None:
    ended = generate_load("ml-1m", "--to", tmp_path / "load", "--dry-run")

    assert ended.code == 0
    assert "6,040 viewers, 3,700 films, 1,000,000 ratings" in ended.output
    assert "about 25 MB would go to" in ended.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_a_dry_run_writes_no_row() -> None:
    assert "nothing was written" in fill("--dry-run")
    assert not User.objects.exists()
    assert not Movie.objects.exists()


@pytest.mark.django_db
def test_the_database_is_filled_and_again_not_changed() -> None:
    assert "New: 20 viewers, 100 films, 300 ratings." in fill()
    assert "Nothing changed" in fill()
    assert Rating.objects.count() == 300


@pytest.mark.django_db
def test_where_people_have_accounts_only_force_fills_the_database() -> None:
    make_user()

    with pytest.raises(CommandError, match="1 real accounts are here") as refused:
        fill()
    assert refused.value.returncode == 1
    assert str(refused.value).endswith("or --force; nothing was written.")
    assert not Rating.objects.exists()

    fill("--force")
    assert Rating.objects.count() == 300


def test_what_stands_there_is_not_replaced(generate_load: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()

    ended = generate_load(*FEW, "--to", tmp_path)

    assert (ended.code, "is not empty" in ended.errors) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("huge",),
        ("tiny", "--seed", "-1"),
        ("tiny", "--ratings", "99"),
        ("tiny", "--to", "somewhere", "--force"),
    ],
)
def test_wrong_usage_has_a_code_of_its_own(
    generate_load: Shell, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert generate_load(*words).code == 2
    assert list(tmp_path.iterdir()) == []
