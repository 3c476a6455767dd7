"""`NEXUS_TMDB=stand-in make up`: a server of our own where TMDb would be."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest

from stack import tmdb
from stack.errors import StackError
from stack.state import Folder, Ports, StandIn, State

from .conftest import LightStack

PORTS = Ports(web=1, flower=2, supervisor=3, postgres=4, redis=5, tmdb=6)
FILM = {"id": 7, "title": "The Seventh", "genres": [], "release_date": "1957-02-16"}


def asked(url: str, token: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310  # our own
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # our own
        return json.load(answer)


def datasets(folder: Path) -> Path:
    catalogue = folder / "tmdb" / "catalog.jsonl"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(json.dumps(FILM) + "\n")
    return folder


def test_the_programs_are_told_of_the_server_in_tmdb_s_place(stack: LightStack) -> None:
    output = stack.up(NEXUS_TMDB="stand-in", NEXUS_DATASETS="")

    state = stack.state
    root = f"http://127.0.0.1:{state['ports']['tmdb']}"
    told = psutil.Process(stack.pids()["worker"]).environ()
    assert told["TMDB_URL"] == f"{root}/3"
    assert told["TMDB_EXPORT_URL"] == f"{root}/p/exports"
    assert told["TMDB_API_TOKEN"] == state["tmdb"]["token"]
    assert asked(f"{root}/3/movie/238", told["TMDB_API_TOKEN"])["title"] == "The Godfather"
    assert f"a stand-in at {root}/3, with the titles of the starter set" in output
    commands = stack.run("run", "--", "env").stdout.splitlines()
    assert f"TMDB_URL={root}/3" in commands


def test_its_titles_are_those_of_the_data_folder(stack: LightStack, tmp_path: Path) -> None:
    folder = datasets(tmp_path / "data sets")

    stack.up(NEXUS_TMDB="stand-in", NEXUS_DATASETS=str(folder))

    state = stack.state
    root = f"http://127.0.0.1:{state['ports']['tmdb']}/3"
    popular = asked(f"{root}/movie/popular", state["tmdb"]["token"])
    assert [row["title"] for row in popular["results"]] == ["The Seventh"]


def test_a_second_up_leaves_it_and_one_without_it_takes_it_away(stack: LightStack) -> None:
    stack.up(NEXUS_TMDB="stand-in", NEXUS_DATASETS="")
    before, pids = stack.state, stack.pids()

    assert "already running" in stack.up(NEXUS_TMDB="stand-in", NEXUS_DATASETS="")
    assert (stack.state, stack.pids()) == (before, pids)

    stack.up()
    assert "tmdb" not in stack.pids()
    assert stack.state["tmdb"] is None
    assert "TMDB_URL" not in psutil.Process(stack.pids()["worker"]).environ()


def test_another_word_is_refused_before_anything_starts(stack: LightStack) -> None:
    result = stack.run("up", NEXUS_TMDB="standin")

    assert result.returncode == 1
    assert "NEXUS_TMDB is 'standin': it can only be 'stand-in', or empty" in result.stdout
    assert stack.processes() == []


def test_the_token_stays_and_is_no_argument_and_in_no_printed_state(tmp_path: Path) -> None:
    chosen = tmdb.asked_for({"NEXUS_TMDB": "stand-in"}, None)
    assert chosen is not None

    again = tmdb.asked_for({"NEXUS_TMDB": "stand-in", "NEXUS_DATASETS": "/nowhere"}, chosen)
    server = tmdb.TMDbStandIn(chosen, port=6, log=tmp_path / "tmdb.log")

    assert again == chosen
    assert len(chosen.token) >= 32
    assert chosen.token not in " ".join(server.argv)
    assert server.environment == {"TMDB_API_TOKEN": chosen.token}
    assert chosen.token not in repr(chosen)


@pytest.mark.parametrize("value", ["tmdb", "Stand-in", "1"])
def test_only_one_word_asks_for_it(value: str) -> None:
    with pytest.raises(StackError, match="it can only be 'stand-in'"):
        tmdb.asked_for({"NEXUS_TMDB": value}, None)


def test_a_state_of_before_there_was_one_is_still_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(State.new(PORTS))
    content = json.loads(folder.state_file.read_text())
    del content["tmdb"], content["ports"]["tmdb"]
    folder.state_file.write_text(json.dumps(content))

    state = folder.read()

    assert state is not None
    assert state.tmdb is None
    assert state.ports.tmdb == 0
    ports = Ports.free(preferred=state.ports, is_free=lambda _: True)
    assert ports.tmdb >= 20_000
    assert (ports.web, ports.redis) == (1, 5)


def test_the_state_with_one_reads_back_as_it_was_written(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    state = State.new(PORTS)
    with_one = State(**{**vars(state), "tmdb": StandIn("a token", "/films.jsonl")})

    folder.write(with_one)

    assert folder.read() == with_one
    assert with_one.settings["TMDB_EXPORT_URL"] == "http://127.0.0.1:6/p/exports"
    assert "TMDB_URL" not in state.settings
