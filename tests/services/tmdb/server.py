"""A stand-in for TMDb that answers what a test tells it to, over real sockets, and keeps a log."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

JSON = "application/json;charset=utf-8"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer; what is set beside its body is what is wrong with it."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = JSON
    declared_length: int | None = None
    without_length: bool = False
    is_chunked: bool = False
    # Sends the first bytes and then nothing until the test ends.
    hangs_after: int | None = None
    # Sends byte by byte.
    drip_seconds: float = 0.0

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True, kw_only=True)
class Arrival:
    at_ns: int
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    connection: tuple[str, int]


class TMDb(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies: deque[Reply] = deque()
        self.always = Reply()
        self.arrivals: list[Arrival] = []
        self.release = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def reply(self, *replies: Reply) -> None:
        """The next answers, in this order; later ones are `always`."""
        self.replies.extend(replies)

    @property
    def paths(self) -> list[str]:
        return [arrival.path for arrival in self.arrivals]

    def handle_error(self, *_args: object) -> None:
        """A client that hangs up is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TMDb

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.server.arrivals.append(
            Arrival(
                # By the clock of Redis.
                at_ns=time.time_ns(),
                path=address.path,
                query=dict(parse_qsl(address.query)),
                headers={name.lower(): value for name, value in self.headers.items()},
                connection=self.client_address,
            )
        )
        self._send(self.server.replies.popleft() if self.server.replies else self.server.always)

    def _send(self, reply: Reply) -> None:
        body = b"" if reply.status == 304 else reply.content()
        self.send_response(reply.status)
        if reply.content_type:
            self.send_header("Content-Type", reply.content_type)
        if reply.is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        elif reply.without_length:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(reply.declared_length or len(body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self._write(body, reply)
        if reply.declared_length is not None or reply.without_length:
            self.close_connection = True

    def _write(self, body: bytes, reply: Reply) -> None:
        if reply.drip_seconds:
            for index in range(len(body)):
                self.wfile.write(body[index : index + 1])
                if self.server.release.wait(reply.drip_seconds):
                    return
        elif reply.hangs_after is not None:
            self.wfile.write(body[: reply.hangs_after])
            self.wfile.flush()
            self.server.release.wait(20)
            self.close_connection = True
        else:
            self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def running_tmdb() -> Iterator[TMDb]:
    server = TMDb()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
