"""`manage.py evaluate` as a shell meets it, with no database or broker anywhere.

One test starts it as its own process; that takes a second for Python's imports alone.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.recommender import ease
from services.recommender.evaluation.running import FitScorer
from services.recommender.model import Model, TrainingSet
from services.recommender.registry import MODELS
from tests.workers.management.rated_films import write_tastes
from tests.workers.management.shell import Shell
from workers.management.commands import evaluate as command
from workers.management.evaluation_tables import WIDTH

ROOT = Path(__file__).resolve().parents[3]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(command.Command, "evaluate", capsys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tastes(tmp_path_factory.mktemp("set"))


def last_line(output: str) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(output.splitlines()[-1])
    return summary


def test_as_a_process_the_last_line_is_all_of_it_as_one_object(folder: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    }
    words = ("--models", "popularity,local_ridge", "--seeds", "0,1", "--json")

    done = subprocess.run(
        [sys.executable, "manage.py", "evaluate", str(folder / "ratings.csv"), *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    summary = last_line(done.stdout)
    assert (summary["protocol"], summary["on"], summary["seeds"]) == ("strong", "test", [0, 1])
    assert not summary["interrupted"]
    popularity, local_ridge = summary["rows"]
    assert [popularity["model"], local_ridge["model"]] == ["popularity", "local_ridge"]
    assert popularity["viewers"] == [13, 13]
    assert local_ridge["recall@20"] > popularity["recall@20"] + 0.2
    for row in summary["rows"]:
        for metric in ("recall@20", "recall@50", "ndcg@10", "ndcg@100", "coverage@20"):
            assert 0 <= row[metric] <= 1
            assert row[f"{metric}_se"] >= 0
        assert row["train_seconds"] > 0


def test_the_figures_say_what_they_were_taken_on(evaluate: Shell, folder: Path) -> None:
    summary = last_line(evaluate(folder, "--models", "popularity", "--seeds", "3", "--json").output)

    assert summary["ratings"] == {
        "file": f"{folder.name}/ratings.csv",
        "rows": 1120,
        "ratings": 1120,
        "users": 80,
        "items": 60,
        "scale": 5,
        "scale_detected": True,
        "ungraded": 0,
        "repeated": 0,
        "of_other_users": 0,
        "timed": True,
    }
    assert summary["catalogue"] == {
        "file": "movies.csv",
        "films": 60,
        "unmatched": 0,
        "known_items": 60,
    }


def test_differences_are_paired_with_the_baseline(evaluate: Shell, folder: Path) -> None:
    words = ("--models", "local_ridge,popularity", "--baseline", "local_ridge", "--seeds", "0")

    summary = last_line(evaluate(folder, *words, "--json").output)

    assert summary["baseline"] == "local_ridge"
    rows = {row["model"]: row for row in summary["rows"]}
    found = {each["metric"]: each for each in summary["differences"]}
    assert {each["model"] for each in summary["differences"]} == {"popularity"}
    for metric in ("recall@20", "ndcg@100"):
        expected = rows["popularity"][metric] - rows["local_ridge"][metric]
        assert found[metric]["difference"] == pytest.approx(expected)
        assert found[metric]["viewers"] == 13


def test_tables_are_for_people_and_fit(evaluate: Shell, folder: Path) -> None:
    done = evaluate(folder, "--seeds", "3", "--models", "popularity,popularity_by_genre")

    assert done.code == 0, done.errors
    read = f"{folder.name}/ratings.csv: 1,120 ratings by 80 users of 60 items, up to 5 stars"
    assert read in done.output
    assert "movies.csv: facts of 60 of the 60 items." in done.output
    assert "Protocol strong, seeds 3: 13 test users" in done.output
    assert "Differences from popularity for the same viewers" in done.output
    for name in ("popularity_by_genre", "recall@20", "ndcg@100", "coverage@20", "gini@20"):
        assert name in done.output
    assert "…" not in done.output
    assert "local_ridge" not in done.output
    assert "{" not in done.output
    assert max(map(len, done.output.splitlines())) <= WIDTH


@pytest.mark.parametrize(
    "protocol", ["strong-graded", "graded", "time", "cold-items", "leave-one-out-100"]
)
def test_every_protocol_gives_figures(evaluate: Shell, folder: Path, protocol: str) -> None:
    words = ("--models", "popularity,popularity_by_genre", "--seeds", "0", "--json")

    done = evaluate(folder, "--protocol", protocol, *words)

    assert done.code == 0, done.errors
    summary = last_line(done.output)
    assert summary["protocol"] == protocol
    assert [row["model"] for row in summary["rows"]] == ["popularity", "popularity_by_genre"]
    assert 0 < summary["rows"][1]["ndcg@10"] < 1


def test_new_users_are_shown_by_how_much_is_known_of_them(evaluate: Shell, tmp_path: Path) -> None:
    lines = ["userId,movieId,rating"]
    lines += [
        f"{user},{(user * 7 + k * 3) % 97},{4 + k % 2}" for user in range(60) for k in range(30)
    ]
    (tmp_path / "ratings.csv").write_text("\n".join(lines))
    words = ("--protocol", "new-users", "--seeds", "0", "--models", "popularity,user_neighbours")

    done = evaluate(tmp_path / "ratings.csv", *words, "--json")

    assert done.code == 0, done.errors
    assert "recall@20 by films known of the viewer" in done.output
    assert "ndcg@100 less that of popularity, by films known of the viewer" in done.output
    curves = last_line(done.output)["learning_curves"]
    lengths = [
        point["from_length"]
        for point in curves
        if point["model"] == "popularity" and "ndcg@100" in point
    ]
    assert lengths == [1, 2, 3, 5, 10, 20]


def test_the_same_ratings_in_any_layout_give_the_same_figures(
    evaluate: Shell, folder: Path, tmp_path: Path
) -> None:
    text = (folder / "ratings.csv").read_text()
    rows = [line.split(",") for line in text.splitlines()[1:]]
    (tmp_path / "ratings.dat").write_text("".join("::".join(row) + "\n" for row in rows))
    (tmp_path / "u.data").write_text("".join("\t".join(row) + "\n" for row in rows))
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(text.encode()))
    ten = "".join(f'"u{u:0>3}";"i{i:0>3}";"{float(r) * 2}"\n' for u, i, r, _ in rows)
    (tmp_path / "books.csv").write_text(f'"User-ID";"ISBN";"Book-Rating"\n{ten}')
    shutil.make_archive(str(tmp_path / "ml"), "zip", folder)

    files = [tmp_path / name for name in ("ratings.dat", "u.data", "packed.csv.gz", "books.csv")]
    outputs = [
        evaluate(source, "--seeds", "0", "--models", "popularity", "--json").output
        for source in (folder, tmp_path / "ml.zip", *files)
    ]

    recalls = [last_line(output)["rows"][0]["recall@20"] for output in outputs]
    assert recalls == [recalls[0]] * 6


def test_zeros_repetitions_and_other_users_are_counted(evaluate: Shell, tmp_path: Path) -> None:
    rows = [f"{user},{film},{8 + film % 3}" for user in range(60) for film in range(20)]
    rows += ["0,99,0", "1,99,0", "2,0,10"]
    (tmp_path / "scores.csv").write_text("\n".join(["user,item,score", *rows]))
    words = ("--models", "popularity", "--seeds", "0", "--json")

    done = evaluate(tmp_path / "scores.csv", *words)
    fewer = last_line(evaluate(tmp_path / "scores.csv", *words, "--max-users", "50").output)

    assert "up to 10, taken as they are (detected)" in done.output
    assert "2 ratings of 0 or less are left out" in done.output
    assert "1 ratings are repeated" in done.output
    ratings = last_line(done.output)["ratings"]
    assert (ratings["rows"], ratings["ratings"]) == (1203, 1200)
    assert (ratings["ungraded"], ratings["repeated"]) == (2, 1)
    assert fewer["ratings"]["users"] == 50
    assert fewer["ratings"]["of_other_users"] >= 200


def test_films_beside_the_ratings_that_cannot_be_read_are_done_without(
    evaluate: Shell, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "ratings.csv", tmp_path)
    (tmp_path / "movies.csv").write_text("id,name\n1,Heat\n")

    done = evaluate(tmp_path, "--models", "popularity", "--seeds", "0", "--json")

    assert done.code == 0
    assert "Nothing is known of the films: movies.csv, line 1" in done.output
    assert last_line(done.output)["catalogue"] is None


def test_a_named_scale_counts(evaluate: Shell, folder: Path) -> None:
    words = ("--models", "popularity", "--seeds", "0")

    as_ten = evaluate(folder, *words, "--scale", "10")

    assert as_ten.code == 1
    assert "0 users with 5 likes or more are too few" in as_ten.errors


def test_json_goes_to_a_file_where_one_is_named(
    evaluate: Shell, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "figures.json"

    done = evaluate(folder, "--models", "popularity", "--seeds", "0", "--json", file)

    assert done.output.splitlines()[-1] == f"JSON: {file}"
    assert json.loads(file.read_text())["rows"][0]["model"] == "popularity"


def test_plots_are_png_files_of_readable_size(
    evaluate: Shell, folder: Path, tmp_path: Path
) -> None:
    plots = tmp_path / "new" / "plots"

    done = evaluate(
        folder, "--models", "popularity,popularity_by_genre", "--seeds", "0,1", "--plots", plots
    )

    assert done.code == 0, done.errors
    files = sorted(plots.iterdir())
    assert [file.name for file in files] == [
        "strong-learning-curve.png",
        "strong-quality-coverage.png",
    ]
    for file in files:
        content = file.read_bytes()
        assert content.startswith(PNG)
        width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
        assert (width, height) == (1170, 702)
        assert len(content) > 10_000


def interrupting(_: TrainingSet) -> Model:
    raise KeyboardInterrupt


def exhausting(_: TrainingSet) -> Model:
    raise MemoryError


def models_with(**others: FitScorer) -> dict[str, FitScorer]:
    return {**MODELS, **others}


def test_what_is_finished_is_printed_on_ctrl_c(
    evaluate: Shell, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MODELS", models_with(local_ridge=interrupting))
    file = tmp_path / "figures.json"

    done = evaluate(folder, "--models", "popularity,local_ridge", "--seeds", "0,1", "--json", file)

    assert done.code == 130
    assert "Protocol strong, seeds 0: 13 test users" in done.output
    assert "popularity" in done.output
    assert "local_ridge" not in done.output
    assert done.errors == "CommandError: Interrupted: what is above had been finished.\n"
    summary = json.loads(file.read_text())
    assert summary["interrupted"]
    assert [row["model"] for row in summary["rows"]] == ["popularity"]


def test_an_interruption_before_any_result_says_so(
    evaluate: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MODELS", models_with(popularity=interrupting))

    done = evaluate(folder, "--models", "popularity")

    assert (done.code, done.errors) == (
        130,
        "CommandError: Interrupted before any model was finished.\n",
    )


def test_a_model_that_refuses_so_much_data_is_left_out_with_its_own_words(
    evaluate: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = partial(ease.fit, settings=ease.EASESettings(memory_limit=14_399))
    monkeypatch.setattr(command, "MODELS", models_with(ease=strict))

    done = evaluate(folder, "--models", "ease,popularity", "--seeds", "0", "--json")

    reason = "EASE of 60 items needs a matrix of 14,400 bytes; memory_limit allows 14,399"
    assert done.code == 0
    assert last_line(done.output)["left_out"] == {"ease": reason}


def test_a_model_that_the_data_are_too_large_for_is_left_out(
    evaluate: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "MODELS", models_with(ease=exhausting))

    done = evaluate(folder, "--models", "ease,popularity", "--seeds", "0,1", "--json")
    alone = evaluate(folder, "--models", "ease", "--seeds", "0")

    assert done.code == 0
    assert "ease is left out: there is too little memory." in done.output
    assert last_line(done.output)["left_out"] == {"ease": "there is too little memory"}
    assert (alone.code, alone.errors) == (
        1,
        "CommandError: ease is left out: there is too little memory.\n",
    )
