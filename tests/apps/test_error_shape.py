"""Whatever is refused under /api/ answers in the one shape, over HTTP, whoever refuses it."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from tests.json_logs import lines_of

from .test_web_server import WebServer

pytestmark = pytest.mark.django_db

LOGIN = "/api/v1/auth/login/"
MOVIES = "/api/v1/movies/"
RATINGS = "/api/v1/ratings/"
NOWHERE = "/api/v1/nowhere/"
LIMIT = 1024 * 1024
CHUNK = b"10000\r\n" + b" " * 65536 + b"\r\n"
LAST_CHUNK = b"0\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[WebServer]:
    web = WebServer(tmp_path_factory.mktemp("shape"))
    with web.running():
        yield web


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def send(server: WebServer, request: bytes) -> Answer:
    """The answer to these bytes, read until the server closes."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        # The server closes before it has read all of a long body.
        with suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(request)
        with suppress(ConnectionResetError):
            while part := client.recv(65536):
                received += part
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Answer(int(status.split()[1]), headers, body)


def raw(method: str, path: str, headers: str = "", body: bytes = b"") -> bytes:
    lines = f"{method} {path} HTTP/1.1\r\nHost: nexus.example\r\nConnection: close\r\n{headers}\r\n"
    return lines.encode("latin-1") + body


def posted(body: bytes, headers: str = "", path: str = LOGIN) -> bytes:
    headers = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}"
    return raw("POST", path, headers, body)


def chunked(body: bytes, path: str = LOGIN) -> bytes:
    headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
    return raw("POST", path, headers, body)


def announced(method: str, path: str, length: int) -> bytes:
    """A body that never comes: who waits for it does not answer."""
    headers = f"Content-Type: application/json\r\nContent-Length: {length}\r\n"
    return raw(method, path, headers)


REFUSED: dict[str, tuple[bytes, int, str]] = {
    "no such address": (raw("GET", NOWHERE), 404, "not_found"),
    "an encoded NUL": (raw("GET", f"{MOVIES}%00/"), 404, "not_found"),
    "a path that is no UTF-8": (raw("GET", f"{MOVIES}%ff%fe/"), 404, "not_found"),
    "bytes that need encoding": (raw("GET", f"{MOVIES}\xff/"), 400, "bad_request"),
    "another method": (raw("PUT", MOVIES), 405, "method_not_allowed"),
    "a method of WebDAV": (raw("PROPFIND", MOVIES), 405, "method_not_allowed"),
    "an invented method": (raw("FOO", MOVIES), 405, "method_not_allowed"),
    "TRACE": (raw("TRACE", MOVIES), 405, "method_not_allowed"),
    "a method in small letters": (raw("get", MOVIES), 400, "bad_request"),
    "a write to a page": (raw("PUT", "/api/schema/redoc/"), 403, "permission_denied"),
    "another method of the schema": (raw("PUT", "/api/schema/"), 405, "method_not_allowed"),
    "another type": (raw("GET", MOVIES, "Accept: text/csv\r\n"), 406, "not_acceptable"),
    "another type of schema": (
        raw("GET", "/api/schema/", "Accept: text/csv\r\n"),
        406,
        "not_acceptable",
    ),
    "a parameter of the schema": (
        raw("GET", "/api/schema/?version=%00"),
        400,
        "unknown_parameter",
    ),
    "a type with bytes": (
        raw("POST", LOGIN, "Content-Type: \xff;charset=\xff\r\nContent-Length: 2\r\n", b"{}"),
        415,
        "unsupported_media_type",
    ),
    "a token with bytes": (
        raw("GET", RATINGS, "Authorization: Bearer \xff\r\n"),
        401,
        "token_not_valid",
    ),
    "no JSON": (posted(b"{"), 400, "parse_error"),
    "NaN": (posted(b'{"email": NaN}'), 400, "parse_error"),
    "-Infinity": (posted(b'{"email": -Infinity}'), 400, "parse_error"),
    "a huge number": (posted(b'{"email": 1e999999}'), 400, "invalid"),
    "a huge integer": (posted(b'{"email": ' + b"9" * 10_000 + b"}"), 400, "parse_error"),
    "lone surrogates": (
        posted(b'{"email": "\\ud800@b.example", "password": "\\ud800"}'),
        400,
        "invalid",
    ),
    "two lengths": (posted(b"{}", "Content-Length: 3\r\n"), 400, "bad_request"),
    "a length and chunks": (posted(b"{}", "Transfer-Encoding: chunked\r\n"), 400, "bad_request"),
    "a negative length": (announced("POST", LOGIN, -1), 400, "bad_request"),
    "an unknown encoding": (
        raw("POST", LOGIN, "Transfer-Encoding: nonsense\r\n"),
        400,
        "bad_request",
    ),
    "an unknown expectation": (posted(b"{}", "Expect: nonsense\r\n"), 400, "bad_request"),
    "a chunk without a size": (chunked(b"zz\r\n{}\r\n0\r\n\r\n"), 400, "parse_error"),
    "chunks of a parameter short": (
        chunked(b'15\r\n{"email": "a@b.test"}\r\n' + LAST_CHUNK),
        400,
        "invalid",
    ),
    "a chunk with a bad trailer": (
        chunked(b"2\r\n{}\r\n0\r\nbad trailer\r\n\r\n"),
        400,
        "parse_error",
    ),
    "a long body in chunks": (chunked(CHUNK * 17 + LAST_CHUNK), 413, "body_too_large"),
    "a long body": (announced("POST", LOGIN, LIMIT + 1), 413, "body_too_large"),
    "a body longer than any": (announced("POST", LOGIN, 10**30), 413, "body_too_large"),
    "a long body that is ignored": (announced("GET", MOVIES, LIMIT + 1), 413, "body_too_large"),
    "a long body to nowhere": (announced("POST", NOWHERE, LIMIT + 1), 413, "body_too_large"),
    "a long line": (raw("GET", f"{MOVIES}?title={'a' * 5_000}"), 414, "uri_too_long"),
    "many parameters": (raw("GET", MOVIES + "?" + "a&" * 1_500), 400, "bad_request"),
    "a long header": (raw("GET", MOVIES, f"A: {'a' * 9_000}\r\n"), 431, "headers_too_large"),
    "many headers": (raw("GET", MOVIES, "A: a\r\n" * 150), 431, "headers_too_large"),
    "no request": (b"GET /api/?password=hunter2 x\r\n\r\n", 400, "bad_request"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_has_the_one_shape(server: WebServer, name: str) -> None:
    request, status, code = REFUSED[name]

    answer = send(server, request)

    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.body)
    body = json.loads(answer.body)
    error = body.pop("error")
    assert not body
    assert error.keys() == {"code", "message", "details", "request_id"}
    assert error["code"] == code
    assert error["request_id"] == answer.headers["x-request-id"]
    assert lines_of(server.log, request_id=error["request_id"])
    assert "hunter2" not in answer.body.decode()


def test_no_refusal_was_an_error_of_ours(server: WebServer) -> None:
    for request, _, _ in REFUSED.values():
        send(server, request)

    assert lines_of(server.log, level="ERROR") == []


@pytest.mark.parametrize("path", [NOWHERE, LOGIN])
def test_a_head_that_is_refused_has_the_headers_alone(server: WebServer, path: str) -> None:
    answer = send(server, raw("HEAD", path))

    assert answer.status in (404, 405)
    assert answer.body == b""
    assert answer.headers["content-type"] == "application/json"


def test_a_body_in_chunks_is_read_like_any_other(server: WebServer) -> None:
    body = b'{"email": "nobody@nexus.example", "password": "wrong"}'

    answer = send(server, chunked(b"%x\r\n%s\r\n" % (len(body), body) + LAST_CHUNK))

    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (401, "invalid_credentials")


def test_a_body_of_any_length_costs_little_memory(server: WebServer) -> None:
    send(server, chunked(CHUNK + LAST_CHUNK))
    before = max(map(_resident_bytes, server.pids()))

    for _ in range(4):
        with suppress(ValueError):  # no answer reached us
            send(server, chunked(CHUNK * 640 + LAST_CHUNK))

    assert max(map(_resident_bytes, server.pids())) - before < 16 * LIMIT
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == LIMIT


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [("/foo", MOVIES, 200), ("/api", MOVIES, 200), ("/api", "/api/metrics", 404)],
)
def test_no_header_says_under_which_path_a_request_came(
    server: WebServer, name: str, path: str, status: int
) -> None:
    answer = send(server, raw("GET", path, f"SCRIPT_NAME: {name}\r\n"))

    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"


def test_no_answer_names_a_version(server: WebServer) -> None:
    for request in (raw("GET", MOVIES), raw("GET", NOWHERE), raw("GET", "/admin/login/")):
        headers = send(server, request).headers

        assert headers["server"] == "gunicorn"
        assert not {"x-powered-by", "via", "x-aspnet-version"} & headers.keys()


def _resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
