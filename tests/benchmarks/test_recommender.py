"""The command behind `make bench-recommender`; here it must run, its numbers mean nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from numpy.random import default_rng

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "NEXUS_DATASETS"}
    return subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.recommender", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    """Two tastes of 30 viewers each, who rated 28 of the 40 films of their half, one a day."""
    rng = default_rng(0)
    lines = ["userId,movieId,rating,timestamp"]
    for user in range(1, 61):
        half = range(1, 41) if user % 2 else range(41, 81)
        films = rng.choice(half, 28, replace=False)
        lines += [
            f"{user},{movie},{rng.choice([2, 4, 5])},{1_000_000_000 + day * 86_400}"
            for day, movie in enumerate(films)
        ]
    file = tmp_path / "ratings.csv"
    file.write_text("\n".join(lines) + "\n")
    titles = [
        f"{movie},Film (1990),{'Drama' if movie < 60 else 'Comedy'}" for movie in range(1, 81)
    ]
    (tmp_path / "movies.csv").write_text("\n".join(["movieId,title,genres", *titles]) + "\n")
    return file


def test_tables_for_people_end_with_one_line_of_json(ratings: Path) -> None:
    done = run(ratings)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    *tables, last = done.stdout.splitlines()
    assert any("constant 300" in line for line in tables)
    measured = json.loads(last)
    assert measured["sizes"]["users"] == 60
    assert measured["sizes"]["ratings"] == 60 * 28
    assert measured["machine"]["blas_threads"] == "1"
    assert set(measured["training_seconds"]) == {"interactions", "gram", "solve"}
    assert measured["lists"]["users_per_second"] > 0
    assert measured["short_histories"]["viewers"] == [10, 10, 10]
    by_variant = measured["short_histories"]["ndcg@20"]
    assert len(set(by_variant["popularity only"])) == 1
    assert by_variant["shrinkage 4"][-1] > by_variant["popularity only"][-1] + 0.1
    steps = {row["steps"]: row for row in measured["pipeline"]["strong"]["steps"]}
    assert steps["scores alone"]["differences"]["ndcg@100"] == {"mean": 0, "se": 0}
    assert "disliked@20" not in steps["as shipped"]
    graded = {row["steps"]: row for row in measured["pipeline"]["graded"]["defaults"]}
    assert graded["as shipped, unexplored"]["disliked@20"] >= 0
    assert set(measured["pipeline"]["milliseconds"]) >= {"candidates", "reasons"}
    assert [row["curve"] for row in measured["pipeline"]["curves"]] == [
        "FOLD_IN",
        "AGAINST_DISLIKES",
    ]
    assert steps["+ calibration 8"]["calibration@20"] < steps["shrinkage 4"]["calibration@20"]
    assert {row["viewers"] for row in measured["pipeline"]["fading"]} == {60}
    rows = {row["model"]: row for row in measured["validation"]}
    assert rows["as shipped"]["weights"] <= rows["no weight floor"]["weights"]
    assert rows["dense EASE 400"]["ndcg@100"] > 0


def test_without_a_file_it_says_what_to_name() -> None:
    done = run()

    assert done.returncode == 2
    assert "NEXUS_DATASETS" in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_absent_is_named(tmp_path: Path) -> None:
    done = run(tmp_path / "none.csv")

    assert done.returncode == 2
    assert "none.csv" in done.stderr
    assert "Traceback" not in done.stderr
