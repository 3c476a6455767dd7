"""The comparison behind `make bench-libraries`; here it must run, its numbers mean nothing."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from services.recommender.arrays import FloatArray
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.running import report_to_nobody
from services.recommender.model import TrainingSet
from services.recommender.viewers import Viewers
from stack.environment import Environment
from tests.benchmarks.libraries.candidates import Candidate, grid
from tests.benchmarks.libraries.made_up import EVENTS, NEIGHBOURS, MadeUp
from tests.benchmarks.libraries.races import overlap, race
from tests.benchmarks.libraries.tuning import tune

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = Environment(ROOT, "libraries")

needs_libraries = pytest.mark.skipif(
    not LIBRARIES.is_current(), reason="`make libraries` has not installed them"
)


@dataclass(frozen=True)
class SignedPopularity:
    popularity: FloatArray

    def scores(self, viewers: Viewers) -> FloatArray:
        return np.tile(self.popularity, (len(viewers), 1))


def fit_signed(training_set: TrainingSet, *, sign: int) -> SignedPopularity:
    return SignedPopularity(sign * training_set.interactions.popularity())


@pytest.fixture
def ratings() -> list[tuple[int, int, int]]:
    """60 viewers, who rated 28 of 80 films, those of low id much more often."""
    rng = default_rng(0)
    shares = np.repeat([8, 1], [20, 60]) / 220
    return [
        (user, movie, rng.choice([2, 4, 5]))
        for user in range(1, 61)
        for movie in rng.choice(np.arange(1, 81), 28, replace=False, p=shares).tolist()
    ]


@pytest.fixture
def file(ratings: list[tuple[int, int, int]], tmp_path: Path) -> Path:
    path = tmp_path / "ratings.csv"
    lines = ["userId,movieId,rating", *(",".join(map(str, row)) for row in ratings)]
    path.write_text("\n".join(lines) + "\n")
    return path


def run(python: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "NEXUS_DATASETS"}
    return subprocess.run(
        [str(python), "-m", "tests.benchmarks.libraries", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_grid_holds_every_combination() -> None:
    assert grid(k=[1, 2], b=[0.5]) == [{"k": 1, "b": 0.5}, {"k": 2, "b": 0.5}]


def test_settings_are_those_that_find_most_for_validation_viewers(
    ratings: list[tuple[int, int, int]],
) -> None:
    users, items, stars = np.array(ratings).T
    events = RatedEvents.from_arrays(user_ids=users, item_ids=items, scores=stars * 2)
    seen: list[str] = []

    tuned = tune(
        Candidate("signed", fit_signed, grid(sign=[-1, 1])),
        events,
        report=lambda progress: seen.append(progress.model),
    )

    assert tuned.best.settings == {"sign": 1}
    worse, better = tuned.trials
    assert worse.figure < better.figure
    assert tuned.describe()["chosen"] == {"sign": 1}
    assert [each["settings"] for each in tuned.describe()["grid"]] == [{"sign": -1}, {"sign": 1}]
    assert "signed, settings 2 of 2" in seen


def test_of_equal_settings_the_first_is_chosen(ratings: list[tuple[int, int, int]]) -> None:
    users, items, stars = np.array(ratings).T
    events = RatedEvents.from_arrays(user_ids=users, item_ids=items, scores=stars * 2)

    tuned = tune(
        Candidate("signed", fit_signed, grid(sign=[2, 1])), events, report=report_to_nobody
    )

    assert tuned.best.settings == {"sign": 2}


def test_lists_share_films_whatever_their_order_and_length() -> None:
    expected = np.array([[1, 2, 3, 4], [5, 6, -1, -1]])

    assert overlap(expected, np.array([[4, 3, 9, 8], [6, 5, 7, 8]])) == 0.75


def test_a_race_is_told_relative_to_the_first() -> None:
    lists = np.array([[1, 2], [3, 4]])

    first, second = race({"ours": lambda: lists, "theirs": lambda: lists + 1}, viewers=2)

    assert (first["what"], first["times_ours"], first["same_films"]) == ("ours", 1.0, 1.0)
    assert (second["what"], second["same_films"]) == ("theirs", 0.5)
    assert second["least_times_ours"] <= second["times_ours"] <= second["most_times_ours"]


def test_made_up_viewers_and_models_have_the_size_that_was_asked_for() -> None:
    data = MadeUp.draw(viewers=3, items=400, seed=1)

    assert np.diff(data.fold_in.indptr).tolist() == [EVENTS] * 3
    assert np.diff(data.weights.tocsc().indptr).tolist() == [NEIGHBOURS] * 400
    assert set(data.fold_in.data.tolist()) == {1.0}
    assert data.users.shape[0] == 3
    assert data.items.shape[0] == 400


def test_where_no_library_is_installed_it_says_what_installs_them() -> None:
    done = run(Path(sys.executable))

    assert done.returncode == 2
    assert "make bench-libraries" in done.stderr
    assert done.stdout == ""


@needs_libraries
def test_tables_for_people_end_with_one_line_of_json(file: Path) -> None:
    done = run(LIBRARIES.python, file, "--small")

    assert done.returncode == 0, done.stderr
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert measured["sizes"] == {"users": 60, "films": 80, "ratings": 60 * 28}
    assert measured["machine"]["blas_threads"] == "1"
    for tuning in measured["tuning"].values():
        assert tuning["chosen"] in [each["settings"] for each in tuning["grid"]]
    strong = measured["protocols"]["strong"]
    models = [row["model"] for row in strong["rows"]]
    assert set(measured["tuning"]) < set(models)
    assert set(measured["protocols"]) == {"strong", "leave-one-out-100"}
    assert {model.split()[0] for model in measured["tuning"]} == {
        "implicit",
        "irspack",
        "similaripy",
    }
    assert strong["baseline"] == "blend"
    assert {each["model"] for each in strong["differences"]} == set(models) - {"blend"}


@needs_libraries
def test_every_way_to_make_lists_finds_the_same_films() -> None:
    done = run(LIBRARIES.python, "--speed", "--small")

    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout.splitlines()[-1])["sizes"]["small"]
    for kind in ("item-item", "factors"):
        assert all(row["same_films"] > 0.99 for row in measured[kind])
