"""HTTP/1.1 on asyncio: little, quick, and able to break off where a real server might."""

import asyncio
import contextlib
import posixpath
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.tmdb_server.answers import Answer

MAX_HEAD_BYTES = 65_536
REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    # By time.monotonic, when its first byte was read.
    arrived_at: float
    body: bytes = b""


# An answer at once, or one that takes its time while others are served.
Handler = Callable[[Request], Answer | Coroutine[Any, Any, Answer]]


class BadRequestError(Exception):
    """These bytes are no request that can be answered."""


class Connection(asyncio.Protocol):
    """One client; its requests are answered one after the other."""

    def __init__(self, handle: Handler, *, opened: "set[Connection]") -> None:
        self._handle = handle
        self._opened = opened
        self._received = bytearray()
        self._arrived_at = 0.0
        self._work: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._opened.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._opened.discard(self)
        if self._work is not None:
            self._work.cancel()

    def close(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if not self._received:
            self._arrived_at = time.monotonic()
        self._received += data
        self._serve()

    def _serve(self) -> None:
        while self._work is None and not self._transport.is_closing():
            try:
                request = self._next_request()
            except BadRequestError:
                self._transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                self._transport.close()
                return
            if request is None:
                return
            answer = self._handle(request)
            if isinstance(answer, Answer) and not (answer.delay_seconds or answer.file):
                self._send(request, answer)
            else:
                self._work = asyncio.ensure_future(self._send_later(request, answer))

    def _next_request(self) -> Request | None:
        head, found, _ = self._received.partition(b"\r\n\r\n")
        if not found:
            if len(self._received) > MAX_HEAD_BYTES:
                raise BadRequestError
            return None
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = headers.get("content-length", "0")
        words = lines[0].split(" ")
        if len(words) != 3 or not length.isdecimal() or "transfer-encoding" in headers:
            raise BadRequestError
        start, end = len(head) + 4, len(head) + 4 + int(length)
        if len(self._received) < end:
            return None
        body = bytes(self._received[start:end])
        del self._received[:end]
        path, query = split_target(words[1])
        return Request(
            method=words[0],
            path=path,
            query=query,
            headers=headers,
            arrived_at=self._arrived_at,
            body=body,
        )

    async def _send_later(
        self, request: Request, coming: Answer | Coroutine[Any, Any, Answer]
    ) -> None:
        answer = coming if isinstance(coming, Answer) else await coming
        if answer.delay_seconds:
            await asyncio.sleep(answer.delay_seconds)
        if answer.file is None:
            self._send(request, answer)
        else:
            # The client may leave before it has all.
            with contextlib.suppress(ConnectionError):
                await self._send_file(request, answer)
        self._work = None
        self._arrived_at = time.monotonic()
        self._serve()

    def _send(self, request: Request, answer: Answer) -> None:
        if answer.hangs_up:
            self._transport.abort()
            return
        head = _head(answer, length=len(answer.body))
        if request.method == "HEAD":
            self._transport.write(head)
        elif answer.is_cut:
            self._transport.write(head + answer.body[: len(answer.body) // 2])
        else:
            self._transport.write(head + answer.body)
        if answer.is_cut or request.headers.get("connection", "").lower() == "close":
            self._transport.close()

    async def _send_file(self, request: Request, answer: Answer) -> None:
        assert answer.file is not None
        with answer.file.open("rb") as file:
            size = answer.file.stat().st_size
            self._transport.write(_head(answer, length=size))
            if request.method != "HEAD":
                count = size // 2 if answer.is_cut else size
                await asyncio.get_running_loop().sendfile(self._transport, file, 0, count)
        if answer.is_cut:
            self._transport.close()


def split_target(target: str) -> tuple[str, Mapping[str, str]]:
    """The path as the edge of TMDb resolves it: decoded once, then without `..`."""
    path, _, query = target.partition("?")
    if "%" in path or ".." in path:
        path = posixpath.normpath(unquote(path))
    return path, dict(parse_qsl(query, keep_blank_values=True)) if query else {}


def _head(answer: Answer, *, length: int) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if answer.status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1")
