"""Whatever an answer is like, it becomes a value or the error that says what helps."""

import gzip
import json
import socket
from collections import deque
from typing import Any

import pytest

from services.tmdb.circuit import Circuit, CircuitOpenError
from services.tmdb.client import TMDbClient
from services.tmdb.errors import (
    CredentialError,
    InternalRefusalError,
    PayloadError,
    RateLimitedError,
    RequestError,
    TitleNotFoundError,
    TMDbError,
    UnavailableError,
)

from .conftest import Connect
from .server import Reply, TMDb

GENRES = {"genres": [{"id": 18, "name": "Drama"}]}
WHOLE = json.dumps(GENRES).encode()
GOOD = Reply(body=GENRES)
HTML = Reply(status=504, body=b"<html>Gateway Timeout</html>", content_type="text/html")


def error(http: int, code: int) -> Reply:
    body = {"success": False, "status_code": code, "status_message": "It says why."}
    return Reply(status=http, body=body)


def refused(client: TMDbClient, tmdb: TMDb, reply: Reply) -> TMDbError:
    """What the client raises when TMDb always answers so."""
    tmdb.always = reply
    with pytest.raises(TMDbError) as raised:
        client.genres()
    return raised.value


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        Reply(body=GENRES, is_chunked=True),
        Reply(body=GENRES, without_length=True),
        Reply(body=gzip.compress(WHOLE), headers={"Content-Encoding": "gzip"}),
        Reply(body=gzip.compress(WHOLE), headers={"Content-Encoding": "gzip"}, is_chunked=True),
        Reply(body=GENRES, content_type=None),
        Reply(body=GENRES, content_type="application/json"),
        Reply(body=b"\xef\xbb\xbf" + WHOLE),
    ],
    ids=["length", "chunked", "to the end", "gzip", "gzip chunked", "no type", "bare", "BOM"],
)
def test_a_sound_answer_is_read_however_it_is_sent(
    client: TMDbClient, tmdb: TMDb, reply: Reply
) -> None:
    tmdb.reply(reply)

    (genre,) = client.genres().value

    assert (genre.tmdb_id, genre.name) == (18, "Drama")
    assert len(tmdb.arrivals) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=WHOLE[:-3], declared_length=len(WHOLE)),
        Reply(body=WHOLE[:-3], without_length=True),
        Reply(body=WHOLE[:-3]),
        Reply(body=b""),
        Reply(body=b"\xff\xfe\xfd"),
        Reply(body=b"{]"),
        Reply(body=gzip.compress(WHOLE)[:-12], headers={"Content-Encoding": "gzip"}),
        Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
        Reply(body=WHOLE, content_type="text/html"),
        Reply(body=b"<html>Welcome to this hotel</html>", content_type="text/html"),
        Reply(status=204, body=b""),
        Reply(status=304),
        Reply(status=302, body=b"", headers={"Location": "/3/elsewhere"}),
        HTML,
        Reply(status=404, body=b"<html>Not here</html>", content_type="text/html"),
        Reply(status=403, body=b"<html>Blocked</html>", content_type="text/html"),
        Reply(status=500, body=b""),
        Reply(status=503, body=b"{", declared_length=100),
        Reply(status=408, body={}),
        *(error(*it) for it in ((500, 11), (500, 15), (502, 43), (503, 9), (503, 46), (504, 24))),
        error(500, 999),
    ],
    ids=lambda reply: f"{reply.status}-{bytes(reply.content())[:30]!r}",
)
def test_what_may_pass_is_tried_three_times(
    client: TMDbClient, tmdb: TMDb, slept: list[float], reply: Reply
) -> None:
    raised = refused(client, tmdb, reply)

    assert type(raised) is UnavailableError
    assert raised.can_heal
    assert len(tmdb.arrivals) == 3
    assert slept == [0.5, 1.0]


def test_an_attempt_that_succeeds_ends_the_trying(
    client: TMDbClient, tmdb: TMDb, slept: list[float]
) -> None:
    tmdb.reply(HTML, GOOD)

    assert client.genres().value[0].name == "Drama"
    assert slept == [0.5]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        *((error(401, code), CredentialError) for code in (3, 7, 10, 14, 35, 33)),
        (Reply(status=401, body=b"<html>", content_type="text/html"), CredentialError),
        (error(403, 45), CredentialError),
        *((error(404, code), TitleNotFoundError) for code in (34, 6, 37)),
        (Reply(status=404, body={"status_code": 34, "status_message": "2016"}), TitleNotFoundError),
        (Reply(status=404, body={"success": False}), TitleNotFoundError),
        (error(200, 34), TitleNotFoundError),
        (Reply(status=404, body={"message": "no Route matched"}), RequestError),
        (error(500, 44), InternalRefusalError),
        *((error(400, code), RequestError) for code in (22, 23, 27, 28, 47, 18)),
        *((error(422, code), RequestError) for code in (20, 5)),
        *((error(*it), RequestError) for it in ((405, 42), (405, 4), (406, 19), (501, 2))),
        (Reply(status=422, body={"errors": ["query must be provided"]}), RequestError),
        (Reply(body=[1, 2]), PayloadError),
        (Reply(body=None), PayloadError),
        (Reply(body={}), PayloadError),
        (Reply(body=b'{"genres":' + b"[" * 100_000), PayloadError),
        (Reply(body=b'{"genres":' + b"9" * 5000 + b"}"), PayloadError),
        (Reply(body=b" " * (8 * 1024 * 1024 + 1)), PayloadError),
        (
            Reply(body=gzip.compress(b" " * 2**27), headers={"Content-Encoding": "gzip"}),
            PayloadError,
        ),
    ],
)
def test_what_does_not_heal_is_asked_once(
    client: TMDbClient, tmdb: TMDb, slept: list[float], reply: Reply, kind: type[TMDbError]
) -> None:
    raised = refused(client, tmdb, reply)

    assert type(raised) is kind
    assert not raised.can_heal
    assert len(tmdb.arrivals) == 1
    assert slept == []


def test_an_error_tells_what_tmdb_said(client: TMDbClient, tmdb: TMDb) -> None:
    raised = refused(client, tmdb, error(404, 34))

    assert str(raised) == "TMDb answers 404: It says why."
    assert (raised.http, raised.status_code) == (404, 34)


@pytest.mark.parametrize("message", [7, None, ["x"], "long" * 1000, "a\nb\x1b[31m"])
def test_any_message_can_be_shown(client: TMDbClient, tmdb: TMDb, message: Any) -> None:
    body = {"status_code": 34, "status_message": message}

    raised = refused(client, tmdb, Reply(status=404, body=body))

    assert str(raised).isprintable()
    assert len(str(raised)) < 250


def test_a_redirect_is_not_followed(client: TMDbClient, tmdb: TMDb) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        raised = refused(client, tmdb, Reply(status=301, body=b"", headers={"Location": location}))
        elsewhere.setblocking(False)

        assert type(raised) is UnavailableError
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_an_answer_that_does_not_come_is_given_up(connect: Connect, tmdb: TMDb) -> None:
    raised = refused(connect(read_seconds=0.1), tmdb, Reply(body=GENRES, hangs_after=5))

    assert type(raised) is UnavailableError


def test_an_answer_that_drips_is_given_up(connect: Connect, tmdb: TMDb) -> None:
    raised = refused(connect(read_seconds=0.1), tmdb, Reply(body=GENRES, drip_seconds=0.03))

    assert str(raised) == "TMDb's answer did not come within 0 s"
    assert type(raised) is UnavailableError


def test_without_a_server_nothing_heals_at_once(connect: Connect, tmdb: TMDb) -> None:
    client = connect()
    tmdb.server_close()

    with pytest.raises(UnavailableError, match="The connection to TMDb failed"):
        client.genres()


def test_connections_are_used_again(client: TMDbClient, tmdb: TMDb) -> None:
    tmdb.reply(GOOD, error(404, 34), Reply(body=GENRES, is_chunked=True), error(404, 34))
    tmdb.always = GOOD

    for _ in range(2):
        client.genres()
        with pytest.raises(TitleNotFoundError):
            client.genres()
    client.genres()

    assert len({arrival.connection for arrival in tmdb.arrivals}) == 1


@pytest.mark.parametrize(
    ("header", "paused"),
    [
        ("3", 3),
        ("0", 0),
        (" 7 ", 7),
        ("99999999", 120),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 120),
        # The longest jitter of 2 s: how long it asks for cannot be told.
        *((header, 2) for header in (None, "", "soon", "-5", "1.5", "1e3")),
    ],
)
def test_a_429_has_everybody_wait(
    connect: Connect, tmdb: TMDb, slept: list[float], header: str | None, paused: float
) -> None:
    client = connect(max_wait_seconds=0)
    code = {"status_code": 25, "status_message": "Your request count is over the limit."}
    tmdb.reply(Reply(status=429, body=code, headers={"Retry-After": header} if header else {}))
    tmdb.always = GOOD

    if paused == 0:
        assert client.genres().value[0].name == "Drama"
    else:
        with pytest.raises(RateLimitedError) as raised:
            client.genres()
        assert raised.value.can_heal
        # What is left when the second attempt asks for its turn.
        assert paused - 1 < raised.value.retry_after <= paused
    assert len(tmdb.arrivals) == 2 - bool(paused)
    assert slept == [0.0]


def test_tmdb_that_only_says_429_is_believed_in_the_end(client: TMDbClient, tmdb: TMDb) -> None:
    raised = refused(client, tmdb, Reply(status=429, body=b"", headers={"Retry-After": "0"}))

    assert isinstance(raised, RateLimitedError)
    assert (raised.http, raised.status_code, raised.retry_after) == (429, None, 0)
    assert len(tmdb.arrivals) == 3


def test_after_failures_in_a_row_tmdb_is_left_alone(connect: Connect, tmdb: TMDb) -> None:
    client = connect(circuit=Circuit(failures=5, open_seconds=60))
    tmdb.always = HTML
    for _ in range(2):
        with pytest.raises(UnavailableError):
            client.genres()
    asked = len(tmdb.arrivals)

    for _ in range(10):
        with pytest.raises(CircuitOpenError):
            client.genres()

    assert asked == 5
    assert len(tmdb.arrivals) == asked


def test_a_refusal_is_a_sign_of_life(connect: Connect, tmdb: TMDb) -> None:
    client = connect(circuit=Circuit(failures=4, open_seconds=60))
    for _ in range(3):
        tmdb.replies = deque([HTML, HTML, error(404, 34)])
        with pytest.raises(TitleNotFoundError):
            client.genres()

    assert len(tmdb.arrivals) == 9


def test_when_it_has_been_left_alone_one_answer_is_enough(connect: Connect, tmdb: TMDb) -> None:
    client = connect(circuit=Circuit(failures=3, open_seconds=0))
    tmdb.reply(HTML, HTML, HTML, GOOD, HTML, GOOD)
    with pytest.raises(UnavailableError):
        client.genres()

    assert client.genres().value[0].name == "Drama"
    assert client.genres().value[0].name == "Drama"
    assert len(tmdb.arrivals) == 6
