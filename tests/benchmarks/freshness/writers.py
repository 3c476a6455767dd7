"""Viewers who rate a film and look until their list has seen it."""

import http.client
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from tests.benchmarks.viewer_library.drawing import Drawing

THREADS = 24
WAIT_SECONDS = 30
# Often enough to tell 100 ms from 130; after a while as often as tells a fifth more, or those who
# wait take the cores from the workers whom they wait for, and the asking is what is measured.
POLL_SECONDS = 0.03
POLL_SHARE = 0.2
GIVE_UP_SECONDS = 60.0
HTTP_ERROR = 400


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

    `late`: how long after its time it was sent. `requests`: how often the list was asked for.
    `given_up`: it was not there after GIVE_UP_SECONDS, or the write was not sent for so long.
    """

    user_id: int
    revision: int
    from_answer: float
    from_request: float
    late: float
    requests: int
    given_up: bool

    @classmethod
    def never_sent(cls, user_id: int, *, late: float) -> Self:
        return cls(
            user_id=user_id,
            revision=0,
            from_answer=GIVE_UP_SECONDS,
            from_request=GIVE_UP_SECONDS,
            late=late,
            requests=0,
            given_up=True,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Urls:
    """Where a viewer rates, and the push process that answers once the list is there.

    Without one the viewer asks `api` again and again.
    """

    api: str
    push: str | None


def write_at_pace(urls: Urls, draw: Drawing, *, pace: float, seconds: float) -> list[Seen]:
    """Each write as another viewer."""
    writes = [_draw(draw, number / pace) for number in range(int(pace * seconds))]
    began = time.perf_counter() + 0.1
    connections = threading.local()
    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(_see, connections, urls, write, began) for write in writes]
        try:
            return [future.result() for future in futures]
        finally:
            # Whoever stops the benchmark does not wait for what was to be written.
            pool.shutdown(wait=False, cancel_futures=True)


def _draw(draw: Drawing, at: float) -> Write:
    user_id = draw.viewer_id()
    return Write(at, user_id, draw.movie_id(), draw.score(), draw.bearer(user_id))


def _see(connections: threading.local, urls: Urls, write: Write, began: float) -> Seen:
    viewer = connections.__dict__.setdefault("viewer", _Viewer(urls))
    time.sleep(max(0.0, began + write.at - time.perf_counter()))
    asked = time.perf_counter()
    late = asked - began - write.at
    if late > GIVE_UP_SECONDS:
        # All who rate wait for their lists, and those who come now would too.
        return Seen.never_sent(write.user_id, late=late)
    body = {"movie_id": write.movie_id, "score": write.score}
    revision = viewer.api.send("POST", "/ratings/", write.headers, body)["taste_revision"]
    answered = time.perf_counter()
    requests = 1
    while not (is_seen := viewer.has_seen(write.headers, revision)):
        waited = time.perf_counter() - answered
        if waited > GIVE_UP_SECONDS:
            break
        requests += 1
        viewer.rest(waited)
    seen = time.perf_counter()
    return Seen(
        user_id=write.user_id,
        revision=revision,
        from_answer=seen - answered,
        from_request=seen - asked,
        late=late,
        requests=requests,
        given_up=not is_seen,
    )


class _Viewer:
    """Asks in one of the two ways that docs/API_GUIDE.md tells of."""

    def __init__(self, urls: Urls) -> None:
        self.api = _Client(urls.api)
        self.push = _Client(urls.push) if urls.push else None

    def has_seen(self, headers: Mapping[str, str], revision: int) -> bool:
        path = "/recommendations/?limit=1"
        if self.push:
            path = f"{path}&min_revision={revision}&wait={WAIT_SECONDS}"
        page = (self.push or self.api).send("GET", path, headers)
        return page.get("list_id") is not None and int(page["revision"]) >= revision

    def rest(self, waited: float) -> None:
        if not self.push:
            time.sleep(max(POLL_SECONDS, POLL_SHARE * waited))


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
