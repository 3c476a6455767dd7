"""Asks servers: prepared requests of many viewers, and what came back."""

import http.client
import json
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from tests.flows.processes import ROOT

from .load import Job, Measured

PATH = "/api/v1/recommendations/?limit=20"
CHEAP_PATH = "/api/v1/movies/genres/"


def request_of(token: str, *, path: str = PATH, etag: str | None = None) -> str:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        "Accept: application/json",
        *([f"If-None-Match: {etag}"] if etag else []),
    ]
    return "\r\n".join([*lines, "", ""])


def send_load(job: Job) -> Measured:
    """Any answer but 200 and 304 ends the benchmark: it would measure how errors are told."""
    finished = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.serving.load"],
        cwd=ROOT,
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    measured = Measured(**json.loads(finished.stdout))
    if not set(measured.statuses) <= {"200", "304"}:
        raise SystemExit(f"Not every answer was 200 or 304: {measured}")
    return measured


def answer_of(port: int, token: str, *, path: str = PATH) -> tuple[bytes, str | None]:
    """The body, and its ETag where there is one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    # As in `request_of`: links name the host, and the tag is of what they name.
    headers = {
        "Host": "127.0.0.1",
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
    }
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    if response.status != http.client.OK:
        raise SystemExit(f"{path} was answered {response.status}: {body.decode()}")
    return body, response.headers["ETag"]


def differences(ours: dict[str, Any], ordinary: dict[str, Any]) -> list[str]:
    """Between the films, scores, sources, reasons and states of two pages."""
    if len(ours["results"]) != len(ordinary["results"]):
        return [f"{len(ours['results'])} and {len(ordinary['results'])} recommendations"]
    pairs = zip(ours["results"], ordinary["results"], strict=True)
    return [
        f"{place}: {_told(one)} and {_told(other)}"
        for place, (one, other) in enumerate(pairs)
        if _comparable(one) != _comparable(other)
    ]


def _comparable(item: dict[str, Any]) -> dict[str, Any]:
    """Genres of a film have no order of their own."""
    genres = sorted(item["movie"]["genres"], key=lambda genre: genre["id"])
    return {**item, "movie": {**item["movie"], "genres": genres}}


def _told(item: dict[str, Any]) -> str:
    return json.dumps(item)
