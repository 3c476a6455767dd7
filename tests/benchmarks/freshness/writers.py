"""Viewers who rate a film and look until their list has seen it."""

import http.client
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.viewer_library.drawing import Drawing

THREADS = 24
# Often enough to tell 100 ms from 130; after a while as often as tells a fifth more, or those who
# wait take the cores from the workers whom they wait for, and the asking is what is measured.
POLL_SECONDS = 0.03
POLL_SHARE = 0.2
GIVE_UP_SECONDS = 60.0
HTTP_ERROR = 400


class NotSeenError(Exception):
    """A list that has seen the write was not there in time."""


@dataclass(frozen=True, slots=True)
class Write:
    """Drawn before anything is timed. `at` counts from the start."""

    at: float
    user_id: int
    movie_id: int
    score: int
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """Seconds until the list was read, from the write's answer and from before its request.

    `late`: how long after its time it was sent. `polls`: how often the list was asked for.
    """

    user_id: int
    revision: int
    from_answer: float
    from_request: float
    late: float
    polls: int


def write_at_pace(url: str, draw: Drawing, *, pace: float, seconds: float) -> list[Seen]:
    """Each write as another viewer."""
    writes = [_draw(draw, number / pace) for number in range(int(pace * seconds))]
    began = time.perf_counter() + 0.1
    connections = threading.local()
    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(_see, connections, url, write, began) for write in writes]
        return [future.result() for future in futures]


def _draw(draw: Drawing, at: float) -> Write:
    user_id = draw.viewer_id()
    return Write(at, user_id, draw.movie_id(), draw.score(), draw.bearer(user_id))


def _see(connections: threading.local, url: str, write: Write, began: float) -> Seen:
    client = connections.__dict__.setdefault("client", _Client(url))
    time.sleep(max(0.0, began + write.at - time.perf_counter()))
    asked = time.perf_counter()
    body = {"movie_id": write.movie_id, "score": write.score}
    revision = client.send("POST", "/ratings/", write.headers, body)["taste_revision"]
    answered = time.perf_counter()
    polls = 1
    while not _has_seen(client, write.headers, revision):
        if time.perf_counter() > answered + GIVE_UP_SECONDS:
            raise NotSeenError(f"viewer {write.user_id}, revision {revision}")
        polls += 1
        time.sleep(max(POLL_SECONDS, POLL_SHARE * (time.perf_counter() - answered)))
    seen = time.perf_counter()
    return Seen(
        user_id=write.user_id,
        revision=revision,
        from_answer=seen - answered,
        from_request=seen - asked,
        late=asked - began - write.at,
        polls=polls,
    )


def _has_seen(client: "_Client", headers: Mapping[str, str], revision: int) -> bool:
    page = client.send("GET", "/recommendations/?limit=1", headers)
    return page["list_id"] is not None and int(page["revision"]) >= revision


class _Client:
    """One connection that is kept, with as little work for each request as can be."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        self.root = parts.path
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: Any = None
    ) -> dict[str, Any]:
        content = {"Content-Type": "application/json"} if body else {}
        text = json.dumps(body) if body else None
        try:
            self.connection.request(method, self.root + path, text, {**headers, **content})
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # A server ends connections that were silent for a while.
            self.connection.close()
            self.connection.request(method, self.root + path, text, {**headers, **content})
            response = self.connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status >= HTTP_ERROR:
            raise RuntimeError(f"{method} {path}: {response.status} {answer}")
        return answer
