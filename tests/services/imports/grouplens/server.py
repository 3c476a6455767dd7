"""A stand-in for GroupLens: real sockets, ranges, and faults that a test switches on."""

import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from services.imports.grouplens.checksums import render_md5
from tests.services.imports.data_sets import md5

MODIFIED = "Fri, 22 Nov 2019 12:00:00 GMT"


@dataclass
class Published:
    """A file with its validators; None leaves the header out."""

    content: bytes
    etag: str | None = '"first"'
    modified: str | None = MODIFIED


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What one answer does wrong; without anything it is a sound answer."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    ignore_range: bool = False
    ignore_if_range: bool = False
    declared_length: int | None = None
    surplus: bytes = b""
    without_length: bool = False
    replace_by: Published | None = None
    hold_after: int | None = None
    silent: bool = False


class Asked(NamedTuple):
    name: str
    range: str | None
    if_range: str | None


class GroupLens(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, Published] = {}
        self.faults: dict[str, deque[Fault]] = {}
        self.asked: list[Asked] = []
        self.paths: list[str] = []
        self.holding = threading.Event()
        self.release = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/datasets/movielens"

    def publish(self, name: str, content: bytes, **validators: str | None) -> None:
        """A file and, beside it, its sum."""
        self.files[name] = Published(content, **validators)
        self.files[f"{name}.md5"] = Published(render_md5(md5(content), archive=name).encode())

    def fail(self, name: str, *faults: Fault) -> None:
        """The next answers for `name`, in this order; later ones are sound."""
        self.faults[name] = deque(faults)

    def asked_for(self, name: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.name == name]

    def handle_error(self, *_args: object) -> None:
        """A client that hangs up is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: GroupLens

    def do_GET(self) -> None:
        name = PurePosixPath(urlsplit(self.path).path).name
        self.server.paths.append(self.path)
        self.server.asked.append(
            Asked(name, self.headers.get("Range"), self.headers.get("If-Range"))
        )
        faults = self.server.faults.get(name)
        fault = faults.popleft() if faults else Fault()
        if fault.replace_by:
            self.server.publish(name, **vars(fault.replace_by))
        file = self.server.files.get(name)
        if fault.silent:
            self.server.release.wait(20)
            self.close_connection = True
        elif fault.status is not None:
            self._answer(fault.status, {"Content-Length": "0"} | fault.headers)
        elif file is None:
            self._answer(404, {"Content-Length": "0"})
        else:
            self._send(file, fault)

    def _send(self, file: Published, fault: Fault) -> None:
        first = self._first_byte(file, fault)
        total = len(file.content)
        if first is not None and first >= total:
            self._answer(416, {"Content-Range": f"bytes */{total}", "Content-Length": "0"})
            return
        body = file.content[first or 0 :] + fault.surplus
        headers = {"Content-Length": str(fault.declared_length or len(body))}
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"  # As servers do that are asked for it.
        headers |= {"ETag": file.etag} if file.etag else {}
        headers |= {"Last-Modified": file.modified} if file.modified else {}
        if first is not None:
            headers["Content-Range"] = f"bytes {first}-{total - 1}/{total}"
        if fault.without_length:
            del headers["Content-Length"]
            headers["Connection"] = "close"
        self._answer(200 if first is None else 206, headers | fault.headers)
        self._body(body, fault)

    def _body(self, body: bytes, fault: Fault) -> None:
        if fault.hold_after is not None:
            self.wfile.write(body[: fault.hold_after])
            self.wfile.flush()
            self.server.holding.set()
            self.server.release.wait(20)
            body = body[fault.hold_after :]
        self.wfile.write(body if fault.cut_after is None else body[: fault.cut_after])
        if fault.cut_after is not None or fault.declared_length or fault.without_length:
            self.close_connection = True

    def _first_byte(self, file: Published, fault: Fault) -> int | None:
        """The byte to go on from; None for all of the file."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match is None or fault.ignore_range:
            return None
        condition = self.headers.get("If-Range")
        if condition not in {None, file.etag, file.modified} and not fault.ignore_if_range:
            return None
        return int(match[1])

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def running_grouplens() -> Iterator[GroupLens]:
    server = GroupLens()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
