"""`manage.py evaluate` on real ratings, with quick models whose figures are known."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.workers.management.shell import Shell
from workers.management.commands.evaluate import Command

pytestmark = pytest.mark.datasets


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(Command, "evaluate", capsys)


def summary_of(done_output: str) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(done_output.splitlines()[-1])
    return summary


def test_popularity_stands_where_the_reference_has_it(evaluate: Shell, datasets: Path) -> None:
    done = evaluate(
        datasets / "data" / "ml-latest-small",
        "--models",
        "popularity",
        "--seeds",
        "0,1,2",
        "--json",
    )

    assert done.code == 0, done.errors
    summary = summary_of(done.output)
    assert summary["ratings"]["ratings"] == 100_836
    assert summary["catalogue"]["known_items"] == 9_724
    row = summary["rows"][0]
    assert sum(row["viewers"]) == 299
    # The reference is a mean over ten seeds; three are within two standard errors of it.
    assert row["recall@20"] == pytest.approx(0.172, abs=0.02)
    assert row["ndcg@100"] == pytest.approx(0.200, abs=0.02)


def test_cold_films_are_ranked_by_facts_of_tmdb(evaluate: Shell, datasets: Path) -> None:
    catalogue = datasets / "tmdb" / "catalog.jsonl"
    words = ("--protocol", "cold-items", "--seeds", "0", "--models", "popularity,related_films")

    done = evaluate(
        datasets / "data" / "ml-latest-small", *words, "--catalogue", catalogue, "--json"
    )

    assert done.code == 0, done.errors
    summary = summary_of(done.output)
    assert summary["catalogue"]["known_items"] == 9_716
    assert summary["rows"][0]["calibration@20"] > 0
