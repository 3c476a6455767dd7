"""Sends prepared GET requests by many connections at once.

A process of its own, `python -m tests.benchmarks.serving.load`, with one thread, raw sockets and
epoll: what clients in Python usually do for a request takes longer than the server that is measured
here. A job comes as JSON on the standard input, what was measured goes as JSON to the standard
output.
"""

import json
import random
import re
import select
import socket
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from statistics import quantiles

TIMEOUT_S = 30
RECEIVED_AT_ONCE = 256 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_NO_BODY = (b"204", b"304")


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """For so many seconds after the warm-up; or, where `count` is given, so many requests."""

    port: int
    requests: list[str]
    connections: int
    seconds: float = 0.0
    warm_up: float = 0.0
    count: int = 0
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Milliseconds, and the bytes of bodies at the mean. `errors` are answers that never came."""

    requests: int
    seconds: float
    requests_per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    body_bytes: float
    statuses: dict[str, int]
    errors: dict[str, int]


@dataclass
class Results:
    measured_from: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    body_bytes: int = 0
    answered: int = 0

    def take(self, status: str, body_bytes: int, began: float, ended: float) -> None:
        self.answered += 1
        if ended >= self.measured_from:
            self.latencies.append(ended - began)
            self.statuses[status] += 1
            self.body_bytes += body_bytes

    def summary(self, seconds: float) -> Measured:
        count = len(self.latencies)
        # The last of too few is the best that is known.
        ordered = sorted(self.latencies) or [0.0]
        cuts = quantiles(ordered, n=100, method="inclusive") if count > 1 else ordered * 99
        return Measured(
            requests=count,
            seconds=round(seconds, 3),
            requests_per_second=round(count / seconds, 1) if seconds else 0.0,
            p50_ms=round(cuts[49] * 1000, 3),
            p95_ms=round(cuts[94] * 1000, 3),
            p99_ms=round(cuts[98] * 1000, 3),
            max_ms=round(ordered[-1] * 1000, 3),
            body_bytes=round(self.body_bytes / count, 1) if count else 0.0,
            statuses=dict(self.statuses),
            errors=dict(self.errors),
        )


class Connection:
    """One request at a time; a connection that the server has closed is made anew."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.request = b""
        self.began = 0.0
        self.is_reused = False
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.load.job.port), TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.load.watch(self)
        self.is_reused = False

    def send(self, request: bytes) -> None:
        self.request, self.buffer = request, b""
        self.wanted = -1
        self.began = time.perf_counter()
        try:
            self.socket.send(request)
        except OSError:
            self.lost()

    def receive(self) -> None:
        try:
            data = self.socket.recv(RECEIVED_AT_ONCE)
        except OSError:
            data = b""
        if not data:
            self.lost()
            return
        self.buffer = self.buffer + data if self.buffer else data
        if self.wanted < 0:
            self.read_head()
        if 0 <= self.wanted <= len(self.buffer):
            self.finish()

    def read_head(self) -> None:
        end = self.buffer.find(_HEAD_END)
        if end < 0:
            return
        head = self.buffer[: end + 2]
        self.status = head[9:12]
        length = _LENGTH.search(head)
        self.body_bytes = 0 if self.status in _NO_BODY or length is None else int(length[1])
        self.wanted = end + len(_HEAD_END) + self.body_bytes
        self.closes = _CLOSES.search(head) is not None

    def finish(self) -> None:
        ended = time.perf_counter()
        self.load.results.take(self.status.decode(), self.body_bytes, self.began, ended)
        self.is_reused = True
        if self.closes:
            self.load.forget(self)
            if self.load.goes_on(ended):
                self.connect()
        self.load.next(self, ended)

    def lost(self) -> None:
        """A server may close a connection that was idle, so a request on it is sent once more."""
        was_idle = self.is_reused and not self.buffer
        self.load.forget(self)
        self.connect()
        if was_idle:
            self.send(self.request)
        else:
            self.load.results.errors["closed"] += 1
            self.load.next(self, time.perf_counter())


class Load:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.results = Results()
        self.requests = [request.encode() for request in job.requests]
        self.rng = random.Random(job.seed)
        self.epoll = select.epoll()
        self.connections: dict[int, Connection] = {}
        self.busy: set[Connection] = set()
        self.sent = 0
        self.ends = 0.0

    def watch(self, connection: Connection) -> None:
        self.connections[connection.socket.fileno()] = connection
        self.epoll.register(connection.socket, select.EPOLLIN)

    def forget(self, connection: Connection) -> None:
        del self.connections[connection.socket.fileno()]
        self.epoll.unregister(connection.socket)
        connection.socket.close()

    def goes_on(self, now: float) -> bool:
        return self.sent < self.job.count if self.job.count else now < self.ends

    def next(self, connection: Connection, now: float) -> None:
        if not self.goes_on(now):
            self.stop(connection)
            return
        self.sent += 1
        connection.send(self.rng.choice(self.requests))

    def stop(self, connection: Connection) -> None:
        self.busy.discard(connection)

    def run(self) -> Measured:
        connections = [Connection(self) for _ in range(self.job.connections)]
        began = time.perf_counter()
        self.results.measured_from = began + self.job.warm_up
        self.ends = self.results.measured_from + self.job.seconds
        self.busy = set(connections)
        for connection in connections:
            self.next(connection, time.perf_counter())
        self._until_all_have_stopped()
        for connection in list(self.connections.values()):
            self.forget(connection)
        return self.results.summary(time.perf_counter() - self.results.measured_from)

    def _until_all_have_stopped(self) -> None:
        looked_at = time.perf_counter()
        while self.busy:
            events = self.epoll.poll(1)
            for number, _ in events:
                connection = self.connections.get(number)
                if connection is not None and connection in self.busy:
                    connection.receive()
            if (now := time.perf_counter()) - looked_at > 1:
                self._give_up_on_overdue(now)
                looked_at = now

    def _give_up_on_overdue(self, now: float) -> None:
        for connection in list(self.busy):
            if now - connection.began > TIMEOUT_S:
                self.results.errors["timeout"] += 1
                self.forget(connection)
                connection.connect()
                self.next(connection, now)


def main() -> None:
    measured = Load(Job(**json.load(sys.stdin))).run()
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")


if __name__ == "__main__":
    main()
