from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.favorites.models import Rating
from apps.movies.models import Movie
from apps.users.models import User
from tests.services.imports.data_sets import write_folder

pytestmark = pytest.mark.django_db


def load(*arguments: object) -> str:
    output = StringIO()
    call_command("load_movielens", *map(str, arguments), "--no-progress", stdout=output)
    return output.getvalue()


def counts(output: str) -> dict[str, int]:
    """The rows of the printed table: "films new  4  what that means"."""
    rows = [line.split() for line in output.splitlines()]
    return {
        " ".join(row[:2]): int(row[2].replace(",", ""))
        for row in rows
        if row and row[0] in {"films", "users", "ratings"}
    }


def test_the_report_counts_what_was_found_and_written(tmp_path: Path) -> None:
    output = load(write_folder(tmp_path / "small"))

    assert counts(output) == {
        "films new": 4,
        "films matched": 0,
        "films filled": 0,
        "films merged": 1,
        "films apart": 0,
        "users new": 2,
        "users known": 0,
        "users changed": 2,
        "ratings read": 5,
        "ratings new": 4,
        "ratings updated": 0,
        "ratings unchanged": 0,
        "ratings kept": 0,
        "ratings repeated": 0,
        "ratings merged": 1,
    }
    assert "MovieLens import: small" in output
    assert "peak memory" in output
    assert output.rstrip().endswith("Next: manage.py train")


def test_a_second_run_says_that_nothing_changed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "small")
    load(folder)

    output = load(folder)

    assert "Nothing changed: all of it was imported before." in output
    assert counts(output)["ratings unchanged"] == 4


def test_options_reach_the_import(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "small")
    links = tmp_path / "other-links.csv"
    links.write_text("movieId,imdbId,tmdbId\n1,,863\n")

    load(folder, "--name", "Mine", "--links", links)

    assert User.objects.filter(email="mine-7@movielens.invalid").exists()
    assert list(Movie.objects.exclude(tmdb_id=None).values_list("tmdb_id", flat=True)) == [863]


def test_a_dry_run_writes_nothing_and_says_so(tmp_path: Path) -> None:
    output = load(write_folder(tmp_path), "--dry-run")

    assert "nothing was written" in output
    assert counts(output)["ratings new"] == 4
    assert not User.objects.exists()
    assert not Movie.objects.exists()


def test_a_bad_line_is_named_and_nothing_imported(tmp_path: Path) -> None:
    ratings = "userId,movieId,rating\n7,1,4\n7,2,5.7\n"

    with pytest.raises(CommandError) as refusal:
        load(write_folder(tmp_path, {"ratings.csv": ratings}))

    assert str(refusal.value) == (
        "Nothing was imported. ratings.csv, line 3: "
        "rating '5.7' is not a half or whole star from 0.5 to 5"
    )
    assert refusal.value.returncode == 1
    assert not Movie.objects.exists()
    assert not Rating.objects.exists()


@pytest.mark.parametrize("name", ["!!!", "-"])
def test_a_name_that_makes_no_address_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="no letter or digit to name the data set by"):
        load(write_folder(tmp_path), f"--name={name}")

    assert not Movie.objects.exists()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no such folder or file"):
        load(tmp_path / "absent")


@pytest.mark.parametrize("on_terminal", ["1", "0"])
def test_progress_is_shown_on_a_terminal(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    on_terminal: str,
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", on_terminal)
    monkeypatch.setenv("TERM", "xterm")

    call_command("load_movielens", write_folder(tmp_path), stdout=StringIO())

    assert ("Reading ratings.csv" in capsys.readouterr().err) == (on_terminal == "1")


def test_help_names_the_licence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("load_movielens", "--help")

    assert "non-commercial" in capsys.readouterr().out.replace("-\n", "-")
