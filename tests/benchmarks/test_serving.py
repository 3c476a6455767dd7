"""The command behind `make bench-serving`: what it compares must be the same, and be told so."""

import copy
import json
import subprocess
import sys

import pytest

from tests.flows.processes import ROOT

from .serving.asking import differences

TINY = ("--films", "1000", "--users", "50", "--ratings", "2000")


@pytest.mark.flow
@pytest.mark.timeout(300)
def test_both_ways_show_the_same_films_scores_and_reasons() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.serving", *TINY, "--compare"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stdout + finished.stderr
    measured = json.loads(finished.stdout.splitlines()[-1])
    assert measured["compared"] == 50
    assert measured["body_bytes"] == pytest.approx(measured["baseline_body_bytes"], rel=0.1)


ITEM = {
    "movie": {"id": 1, "genres": [{"id": 2}, {"id": 1}], "me": {"watchlisted": False}},
    "score": 1.5,
    "reason": {"text": "Picked for you", "because": []},
}


def test_the_order_of_genres_does_not_count() -> None:
    other = copy.deepcopy(ITEM)
    other["movie"]["genres"].reverse()

    assert not differences({"results": [ITEM]}, {"results": [other]})


@pytest.mark.parametrize(
    ("part", "changed"),
    [("score", 1.4), ("reason", {"text": "Trending now", "because": []}), ("movie", {"id": 1})],
)
def test_any_other_difference_is_told(part: str, changed: object) -> None:
    other = {**copy.deepcopy(ITEM), part: changed}
    other["movie"].setdefault("genres", [])

    assert len(differences({"results": [ITEM]}, {"results": [other]})) == 1
    assert len(differences({"results": [ITEM]}, {"results": []})) == 1
