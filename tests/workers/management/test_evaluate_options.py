"""What `manage.py evaluate` makes of data that are out of the ordinary, and of rarer options."""

import json
from pathlib import Path
from typing import Any

import pytest
from numpy.random import default_rng

from tests.workers.management.rated_films import write_tastes
from tests.workers.management.shell import Shell
from workers.management.commands.evaluate import Command


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(Command, "evaluate", capsys)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tastes(tmp_path_factory.mktemp("set"))


def last_line(output: str) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(output.splitlines()[-1])
    return summary


def test_a_seed_without_viewers_takes_no_other_seeds_results_away(
    evaluate: Shell, tmp_path: Path
) -> None:
    """Only a test user who is one of the six that are alike has known films to find."""
    rows = [(user, film) for user in range(6) for film in range(10)]
    rows += [(user, 100 * user + film) for user in range(6, 12) for film in range(10)]
    lines = ["userId,movieId,rating", *(f"{user},{film},5" for user, film in rows)]
    (tmp_path / "ratings.csv").write_text("\n".join(lines))

    done = evaluate(tmp_path, "--models", "popularity,ials", "--seeds", "0,1,2,3,4,5,6,7", "--json")

    assert done.code == 0, done.errors
    summary = last_line(done.output)
    left_out, rows_of = summary["left_out_seeds"], summary["rows"]
    assert 0 < len(left_out) < 8
    for row in rows_of:
        assert sorted([*map(str, row["seeds"]), *left_out]) == list("01234567")
        assert len(row["viewers"]) == len(row["seeds"])
    for seed in left_out:
        assert f"Seed {seed} is left out: seed {seed} leaves no test viewer" in done.output


def test_what_was_watched_but_not_rated_is_counted_and_left_out(
    evaluate: Shell, tmp_path: Path
) -> None:
    rows = [f"{user},{film},{8 + film % 3}" for user in range(60) for film in range(20)]
    unrated = [f"{user},{film},-1" for user in range(60) for film in range(20, 23)]
    words = ("--models", "popularity", "--seeds", "0", "--json")

    (tmp_path / "rating.csv").write_text("\n".join(["user_id,anime_id,rating", *rows, *unrated]))
    done = evaluate(tmp_path / "rating.csv", *words)
    (tmp_path / "rating.csv").write_text("\n".join(["user_id,anime_id,rating", *rows]))
    without = evaluate(tmp_path / "rating.csv", *words)

    assert "180 ratings of 0 or less are left out: they tell of no opinion." in done.output
    summary = last_line(done.output)
    assert (summary["ratings"]["items"], summary["ratings"]["ungraded"]) == (20, 180)
    assert summary["ratings"]["scale"] == 10
    assert summary["rows"][0]["ndcg@10"] == last_line(without.output)["rows"][0]["ndcg@10"]


def test_links_of_another_folder_join_the_catalogue(
    evaluate: Shell, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (tmp_path / "films.jsonl").write_text('{"id": 900, "genres": ["Drama"]}\n{"id": 901}\n')
    (other / "links.csv").write_text("movieId,imdbId,tmdbId\n7,0000007,900\n9,0000009,\n")
    words = ("--models", "popularity", "--seeds", "0", "--json")
    words = (*words, "--catalogue", str(tmp_path / "films.jsonl"), "--links")

    by_folder = last_line(evaluate(folder, *words, other).output)
    by_file = last_line(evaluate(folder, *words, other / "links.csv").output)

    expected = {"file": "films.jsonl", "films": 1, "unmatched": 1, "known_items": 1}
    assert by_folder["catalogue"] == by_file["catalogue"] == expected


def test_recency_is_measured_beside_the_same_model_without_it(
    evaluate: Shell, tmp_path: Path
) -> None:
    """For 800 days viewers like films of one kind of three, then for as long those of the next."""
    rng = default_rng(0)
    rows = [
        (user, 30 * ((user + late) % 3) + film, 5, 86_400 * (800 * late + 40 * step + user % 7))
        for user in range(60)
        for late in (0, 1)
        for step, film in enumerate(rng.permutation(30)[:20])
    ]
    lines = ["userId,movieId,rating,timestamp", *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "ratings.csv").write_text("\n".join(lines))
    words = ("--protocol", "time", "--models", "local_ridge", "--baseline", "local_ridge")

    done = evaluate(tmp_path, *words, "--half-life", "90", "--floor", "0.05", "--json")

    assert done.code == 0, done.errors
    summary = last_line(done.output)
    assert summary["recency"] == {"half_life": 90, "floor": 0.05}
    assert [row["model"] for row in summary["rows"]] == ["local_ridge", "local_ridge+recency"]
    found = {each["metric"]: each["difference"] for each in summary["differences"]}
    plain, fading = summary["rows"]
    assert found["ndcg@10"] == pytest.approx(fading["ndcg@10"] - plain["ndcg@10"])
    assert found["ndcg@10"] > 0
