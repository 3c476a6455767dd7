"""The command behind `make bench-precompute`; here it must run, its numbers mean nothing."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from services.recommender.pipeline.settings import PipelineSettings
from tests.benchmarks.precompute.report import pipeline_steps
from tests.flows.live import UNTRACED

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--ratings", "3000", "--users", "60", "--items", "200", "--unrated", "30", "--rounds", "2")


@pytest.mark.timeout(240)
def test_the_last_line_says_how_fast_and_of_what() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.precompute", *SMALL],
        cwd=ROOT,
        env={**os.environ, **UNTRACED},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    *tables, last = done.stdout.splitlines()
    measured = json.loads(last)
    assert list(measured) == [
        "users_per_second",
        "users",
        "items",
        "models",
        "pipeline_steps",
        "read_share",
        "score_share",
        "rerank_share",
        "compare_share",
        "write_share",
    ]
    assert measured["users_per_second"] > 0
    assert measured["users"] == 60
    assert measured["items"] == 230
    assert measured["models"] == ["cold_items", "local_ridge", "ials", "user_kernel"]
    assert measured["pipeline_steps"][-1] == "reasons"
    shares = [measured[f"{step}_share"] for step in ("read", "score", "rerank", "compare", "write")]
    assert min(shares) > 0
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    rows = [line.split("  ") for line in tables]
    for name in ("as published", "local ridge, not re-ranked", "popularity, not re-ranked"):
        assert any(row[1] == name for row in rows if len(row) > 1), tables
    assert any("sum_of_squares" in line for line in tables)


def test_steps_that_are_switched_off_are_not_named() -> None:
    off = replace(PipelineSettings(), diversity=0.0, exploration_rate=0.0)

    assert set(pipeline_steps(PipelineSettings())) - set(pipeline_steps(off)) == {
        "diversity",
        "exploration",
    }
