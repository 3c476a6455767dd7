"""The command behind `make bench-gate`; here it must run, its numbers mean nothing."""

import json
from pathlib import Path

import pytest
from numpy.random import default_rng

from .gate.__main__ import main


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    """Two tastes of 30 viewers each, who rated 28 of the 40 films of their half, one a day."""
    rng = default_rng(0)
    lines = ["userId,movieId,rating,timestamp"]
    for user in range(1, 61):
        half = range(1, 41) if user % 2 else range(41, 81)
        lines += [
            f"{user},{movie},{rng.choice([2, 4, 5])},{1_000_000_000 + day * 86_400}"
            for day, movie in enumerate(rng.choice(half, 28, replace=False))
        ]
    file = tmp_path / "ratings.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_tables_for_people_end_with_one_line_of_json(
    ratings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(ratings), "--draws", "1"])

    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    for held_out_by, viewers in (("time", 60), ("random", 60)):
        of_kind = measured[held_out_by]
        assert 0.7 * viewers < of_kind["viewers"] <= viewers
        assert of_kind["pairs_of_equals"] == 2
        outcomes = {each["contender"]: each["outcomes"] for each in of_kind["contenders"]}
        assert set(outcomes["as shipped"].values()) == {"passed"}
        assert set(outcomes["popularity only"].values()) == {"lost to the active configuration"}
