"""`manage.py evaluate` as a shell meets it, with no database or broker anywhere.

One test starts it as its own process; that takes a second for Python's imports alone.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from numpy.random import default_rng

from services.recommender.registry import MODELS
from tests.workers.management.shell import Shell
from workers.management.commands.evaluate import Command

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(Command, "evaluate", capsys)


def run_as_process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    }
    return subprocess.run(
        [sys.executable, "manage.py", "evaluate", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def ratings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tastes of 40 viewers each: whoever likes some films of a half likes others of it."""
    rng = default_rng(0)
    lines = ["userId,movieId,rating,timestamp"]
    for user in range(1, 81):
        half = range(1, 31) if user % 2 else range(31, 61)
        lines += [
            f"{user},{movie},{rng.choice([4, 4.5, 5])},964982703"
            for movie in rng.choice(half, 12, replace=False)
        ]
    file = tmp_path_factory.mktemp("ratings") / "ratings.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_the_last_line_is_the_table_as_one_object(ratings: Path) -> None:
    done = run_as_process(ratings, "--protocol", "strong", "--seeds", "0,1", "--json")

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["protocol"] == "strong"
    assert summary["seeds"] == [0, 1]
    rows = {row["model"]: row for row in summary["rows"]}
    assert list(rows) == list(MODELS)
    popularity, local_ridge = rows["popularity"], rows["local_ridge"]
    assert local_ridge["recall@20"] > popularity["recall@20"] + 0.2
    for row in summary["rows"]:
        for metric in ("recall@20", "recall@50", "ndcg@10", "ndcg@100"):
            assert 0 <= row[metric] <= 1
            assert row[f"{metric}_se"] >= 0
        assert row["train_seconds"] > 0


def test_the_table_is_for_people_and_names_only_the_models_asked_for(
    evaluate: Shell, ratings: Path
) -> None:
    done = evaluate(ratings, "--seeds", "3", "--models", "popularity")

    assert done.code == 0, done.errors
    assert "13 test users" in done.output
    assert "popularity" in done.output
    assert "recall@20" in done.output
    assert "…" not in done.output
    assert "local_ridge" not in done.output
    assert "{" not in done.output


def test_both_layouts_and_a_folder_give_the_same_numbers(
    evaluate: Shell, ratings: Path, tmp_path: Path
) -> None:
    lines = ratings.read_text().splitlines()[1:]
    (tmp_path / "ratings.dat").write_text(
        "\n".join(line.replace(",", "::") for line in lines) + "\n"
    )
    outputs = [
        evaluate(source, "--seeds", "0", "--models", "popularity", "--json")
        for source in (ratings, tmp_path, tmp_path / "ratings.dat")
    ]

    recalls = {json.loads(done.output.splitlines()[-1])["rows"][0]["recall@20"] for done in outputs}
    assert len(recalls) == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--seeds", "0,x"], "'0,x' is not a list of whole numbers"),
        (["--seeds", "-1"], "-1"),
        (["--seeds", "1,1"], "twice"),
        (["--seeds", ""], "whole numbers"),
        (["--models", "oracle"], "unknown model 'oracle'"),
        (["--protocol", "weak"], "weak"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(
    evaluate: Shell, ratings: Path, arguments: list[str], reason: str
) -> None:
    done = evaluate(ratings, *arguments)

    assert done.code != 0
    assert reason in done.errors
    assert done.output == ""
    assert "Traceback" not in done.errors


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "ratings.csv"),
        ("userId,movieId,rating\n1,2,4\n1,3,nice\n", "ratings.csv, line 3"),
        ("userId,movieId,rating\n1,2\n", "ratings.csv, line 2"),
        ("userId,rating\n1,2\n", "movieId"),
        ("userId,movieId,rating\n1,2,4\n", "too few"),
    ],
)
def test_a_file_that_cannot_be_evaluated_is_refused_with_its_reason(
    evaluate: Shell, tmp_path: Path, content: str | None, reason: str
) -> None:
    file = tmp_path / "ratings.csv"
    if content is not None:
        file.write_text(content)

    done = evaluate(file)

    assert done.code != 0
    assert reason in done.errors
    assert done.output == ""
    assert "Traceback" not in done.errors
