"""The server in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from tests.tmdb_server import StandIn
from tests.tmdb_server.stand_in import ROOT

from .conftest import Client


def test_it_can_be_down_for_a_while_and_forgets_nothing(tmp_path: Path) -> None:
    log = tmp_path / "arrivals.jsonl"

    with StandIn(log=log) as server, Client(server) as client:
        process = psutil.Process(server.pid)
        server.edit(238, title="Edited")
        client.get("/movie/238")
        server.stop()
        with pytest.raises(requests.ConnectionError):
            client.get("/movie/238")
        server.start()

        assert client.json("/movie/238")["title"] == "Edited"
        assert [arrival.path for arrival in server.arrivals()] == ["/3/movie/238"] * 2
        assert server.token not in " ".join(process.cmdline())
    assert not process.is_running()
    assert [json.loads(line)["path"] for line in log.read_text().splitlines()] == [
        "/3/movie/238",
        "/3/movie/238",
    ]


def test_its_command_explains_itself_and_needs_a_token() -> None:
    command = [sys.executable, "-m", "tests.tmdb_server"]
    shown = subprocess.run(
        [*command, "--help"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    refused = subprocess.run(
        [*command, "--port", "1"],
        cwd=ROOT,
        env={},
        check=False,
        capture_output=True,
        text=True,
    )

    assert "usage: python -m tests.tmdb_server" in shown.stdout
    assert refused.returncode == 2
    assert "--token, or TMDB_API_TOKEN in the environment, is needed" in refused.stderr
