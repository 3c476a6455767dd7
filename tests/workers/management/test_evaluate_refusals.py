"""What `manage.py evaluate` refuses: with a reason, a code and no traceback."""

import sys
from pathlib import Path

import pytest

from tests.workers.management.rated_films import write_tastes
from tests.workers.management.shell import Ended, Shell
from workers.management.commands.evaluate import Command


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(Command, "evaluate", capsys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tastes(tmp_path_factory.mktemp("set"))


def assert_refused(done: Ended, code: int, reason: str) -> None:
    assert done.code == code
    assert reason in done.errors
    assert done.output == ""
    assert "Traceback" not in done.errors


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["--seeds", "0,x"], 2, "'0,x' is not a list of whole numbers"),
        (["--seeds", "-1"], 2, "-1"),
        (["--seeds", "1,1"], 2, "twice"),
        (["--seeds", ""], 2, "whole numbers"),
        (["--models", "oracle"], 2, "unknown model 'oracle'"),
        (["--protocol", "weak"], 2, "weak"),
        (["--on", "train"], 2, "train"),
        (["--scale", "7"], 2, "7"),
        (["--max-users", "0"], 2, "'0' is not a whole number from 1"),
        (["--models", "popularity", "--baseline", "ease"], 1, "'ease' is not one of the models"),
        (["--catalogue", "nowhere.jsonl"], 1, "nowhere.jsonl: there is no such folder or file"),
        (["--links", "links.csv"], 1, "--links join a --catalogue"),
        (["--half-life", "0"], 2, "'0' is not a number of days above 0"),
        (["--half-life", "long"], 2, "'long' is not a number of days"),
        (["--half-life", "90"], 1, "--half-life is for --protocol time"),
        (["--protocol", "time", "--floor", "0.2"], 1, "--floor needs a --half-life"),
        (["--protocol", "time", "--half-life", "9", "--floor", "2"], 2, "'2' is not a share"),
        (["--json", "nowhere/figures.json"], 1, "nowhere/figures.json"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(
    evaluate: Shell, folder: Path, arguments: list[str], code: int, reason: str
) -> None:
    assert_refused(evaluate(folder, *arguments), code, reason)


def test_a_folder_for_plots_that_is_a_file_is_refused(evaluate: Shell, folder: Path) -> None:
    assert_refused(evaluate(folder, "--plots", folder / "ratings.csv"), 1, "ratings.csv")


def test_what_is_read_is_not_written_over(evaluate: Shell, tmp_path: Path) -> None:
    file = write_tastes(tmp_path) / "ratings.csv"
    content = file.read_text()

    done = evaluate(tmp_path / ".." / tmp_path.name / "ratings.csv", "--json", file)

    assert_refused(done, 1, "ratings.csv is what is to be read")
    assert file.read_text() == content


def test_a_file_for_figures_is_not_there_before_the_figures(
    evaluate: Shell, tmp_path: Path
) -> None:
    done = evaluate(tmp_path / "ratings.csv", "--json", tmp_path / "figures.json")

    assert done.code == 1
    assert list(tmp_path.iterdir()) == []


def test_plots_without_matplotlib_are_refused_before_anything_is_read(
    evaluate: Shell, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    assert_refused(evaluate(folder, "--plots", tmp_path / "plots"), 1, "plots need matplotlib")
    assert not (tmp_path / "plots").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "ratings.csv: there is no such folder or file"),
        ("userId,movieId,rating\n1,2,4\n1,3,nice\n", "ratings.csv, line 3: rating 'nice'"),
        ("userId,movieId,rating\n1,2\n", "ratings.csv, line 2: 2 fields where 3 are expected"),
        ("userId,rating\n1,2\n", "column movieId is missing"),
        ("userId,movieId,rating\n1,2,1\n1,3,1\n", "events without a grade"),
        ("userId,movieId,rating\n1,2,0\n1,3,-1\n", "no rating is above 0"),
        ("userId,movieId,rating\n1,2,9.5\n1,3,-9.5\n1,4,-3\n", "ratings reach down to -9.5"),
    ],
)
def test_a_file_that_cannot_be_evaluated_is_refused_with_its_reason(
    evaluate: Shell, tmp_path: Path, content: str | None, reason: str
) -> None:
    file = tmp_path / "ratings.csv"
    if content is not None:
        file.write_text(content)

    assert_refused(evaluate(file), 1, reason)


@pytest.mark.parametrize(
    ("protocol", "reason"),
    [
        ("strong", "too few"),
        ("time", "have no times"),
        ("cold-items", "name a --catalogue"),
    ],
)
def test_data_that_a_protocol_cannot_use_are_refused(
    evaluate: Shell, tmp_path: Path, protocol: str, reason: str
) -> None:
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating\n1,2,4\n1,3,5\n")

    done = evaluate(tmp_path, "--protocol", protocol, "--models", "popularity")

    assert done.code == 1
    assert reason in done.errors
    assert "Traceback" not in done.errors


def test_links_that_are_not_there_or_join_nothing_are_refused(
    evaluate: Shell, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "films.jsonl").write_text('{"id": 900}\n')
    (tmp_path / "links.csv").write_text("movieId,imdbId,tmdbId\n1,0000001,5\n")
    words = ("--models", "popularity", "--catalogue")

    missing = evaluate(folder, *words, tmp_path / "films.jsonl", "--links", tmp_path / "none.csv")
    unmatched = evaluate(folder, *words, tmp_path / "films.jsonl", "--links", tmp_path)
    needless = evaluate(folder, *words, folder, "--links", tmp_path)

    assert_refused(missing, 1, "none.csv: there is no such folder or file")
    assert_refused(unmatched, 1, "no film has a movielens_id, and no links.csv says which items")
    assert_refused(needless, 1, "there is nothing that links could join")


def test_a_catalogue_cannot_be_joined_to_ids_that_are_texts(
    evaluate: Shell, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "ratings.csv").write_text("user,item,rating\nann,book,4\nbob,film,5\n")

    done = evaluate(tmp_path / "ratings.csv", "--catalogue", folder)

    assert_refused(done, 1, "The ids of items are texts, which no catalogue knows.")
