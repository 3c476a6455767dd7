"""The export is read as it comes: every good line, and never a part for the whole."""

import gzip
import json
import tracemalloc
from collections.abc import Iterable
from datetime import date

import pytest

from services.tmdb.client import TMDbClient
from services.tmdb.errors import (
    ExportMissingError,
    RequestError,
    TitleNotFoundError,
    TMDbError,
    UnavailableError,
)
from services.tmdb.exports import MOST_LINE_BYTES, ExportLine

from .server import Reply, TMDb

DAY = date(2026, 3, 1)
BLONDIE = b'{"adult":false,"id":3924,"original_title":"Blondie","popularity":1.8133,"video":false}'
TITLE = "x" * 500
LONG = b"x" * 600


def packed(lines: Iterable[bytes]) -> bytes:
    return gzip.compress(b"\n".join(lines) + b"\n")


def numbered(count: int) -> list[bytes]:
    return [json.dumps({"id": i, "original_title": f"Ä {i}"}).encode() for i in range(1, count + 1)]


def sent(body: bytes, **given: int) -> Reply:
    return Reply(body=body, content_type="application/gzip", **given)


def read(client: TMDbClient) -> tuple[list[ExportLine], dict[str, int]]:
    with client.open_export(DAY) as export:
        return list(export), dict(export.dropped)


def test_the_export_of_a_day_is_asked_for_without_a_credential(
    client: TMDbClient, tmdb: TMDb
) -> None:
    tmdb.reply(sent(packed([BLONDIE])))

    lines, dropped = read(client)

    assert lines == [
        ExportLine(
            tmdb_id=3924, original_title="Blondie", popularity=1.8133, adult=False, video=False
        )
    ]
    assert dropped == {}
    (arrival,) = tmdb.arrivals
    assert arrival.path == "/p/exports/movie_ids_03_01_2026.json.gz"
    assert arrival.query == {}
    assert "authorization" not in arrival.headers
    assert arrival.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"\n".join(numbered(3))),
        gzip.compress(b"\r\n".join([b"", *numbered(3), b"", b"  "])),
        packed(numbered(3)[:1]) + packed(numbered(3)[1:]),
        gzip.compress(numbered(3)[0][:9])
        + gzip.compress(b"\n".join([numbered(3)[0][9:], *numbered(3)[1:]])),
    ],
    ids=["no last break", "empty lines", "two members", "a member begins within a line"],
)
def test_lines_are_lines_however_they_are_packed(
    client: TMDbClient, tmdb: TMDb, body: bytes
) -> None:
    tmdb.reply(sent(body))

    lines, dropped = read(client)

    assert [(line.tmdb_id, line.original_title) for line in lines] == [
        (1, "Ä 1"),
        (2, "Ä 2"),
        (3, "Ä 3"),
    ]
    assert dropped == {}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{", "line"),
        (b"[]", "line"),
        (b"null", "line"),
        (b"7", "line"),
        (b"\xff", "line"),
        (b'{"id":1},{"id":2}', "line"),
        (b'{"id":1', "line"),
        (b"[" * 50_000, "line"),
        (b'{"id":' + b"9" * 5_000 + b"}", "line"),
        (b"x" * (MOST_LINE_BYTES + 1), "line"),
        (b"x" * 2_000_000, "line"),
        (b"{}", "id"),
        (b'{"id":"3"}', "id"),
        (b'{"id":0}', "id"),
        (b'{"id":true}', "id"),
        (b'{"id":2147483648}', "id"),
    ],
    ids=lambda it: it[:20],
)
def test_a_line_that_cannot_be_used_is_counted(
    client: TMDbClient, tmdb: TMDb, bad: bytes, reason: str
) -> None:
    tmdb.reply(sent(packed([*numbered(2), bad, BLONDIE])))

    lines, dropped = read(client)

    assert [line.tmdb_id for line in lines] == [1, 2, 3924]
    assert dropped == {reason: 1}


def test_a_last_line_that_is_too_long_is_counted(client: TMDbClient, tmdb: TMDb) -> None:
    tmdb.reply(sent(gzip.compress(BLONDIE + b"\n" + b"x" * 2_000_000)))

    assert [line.tmdb_id for line in read(client)[0]] == [3924]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"id":1,"popularity":null,"original_title":null}', ("", 0.0, False, False)),
        (b'{"id":1,"popularity":NaN,"adult":null,"video":1}', ("", 0.0, False, False)),
        (b'{"id":1,"popularity":-1,"adult":true,"video":true}', ("", 0.0, True, True)),
        (
            b'{"id":1,"popularity":1e999,"original_title":"a\\u0000b\\ud800"}',
            ("ab?", 0.0, False, False),
        ),
        (
            b'{"id":1,"popularity":7,"original_title":"' + b"x" * 600 + b'"}',
            ("x" * 500, 7.0, False, False),
        ),
    ],
)
def test_a_line_says_what_can_be_used(
    client: TMDbClient, tmdb: TMDb, line: bytes, expected: tuple[str, float, bool, bool]
) -> None:
    tmdb.reply(sent(packed([line])))

    ((found,), _) = read(client)

    assert (found.original_title, found.popularity, found.adult, found.video) == expected


WHOLE = packed(numbered(20_000))
# Behind what is decompressed at once, however it arrives.
LATE = len(WHOLE) * 3 // 4


@pytest.mark.parametrize(
    "reply",
    [
        sent(WHOLE[: len(WHOLE) // 2], declared_length=len(WHOLE)),
        sent(WHOLE[: len(WHOLE) // 2]),
        sent(WHOLE[:-4]),
        sent(WHOLE[:-8] + bytes(8)),
        sent(WHOLE[:LATE] + bytes(1_000) + WHOLE[LATE + 1_000 :]),
        sent(WHOLE + b"and more"),
    ],
    ids=["cut off", "short", "no sum", "wrong sum", "damaged", "followed by something"],
)
def test_a_broken_export_gives_its_good_lines_and_then_fails(
    client: TMDbClient, tmdb: TMDb, reply: Reply
) -> None:
    tmdb.reply(reply)
    lines = []

    with (
        client.open_export(DAY) as export,
        pytest.raises(UnavailableError, match=r"export|connection"),
    ):
        lines.extend(line.tmdb_id for line in export)

    assert lines
    assert lines == list(range(1, len(lines) + 1))
    assert len(tmdb.arrivals) == 1


@pytest.mark.parametrize(
    "body", [b"", gzip.compress(b""), gzip.compress(b"\n"), packed([b"x"]), b"<html>", b"\x1f\x8b"]
)
def test_an_export_without_lines_is_none(client: TMDbClient, tmdb: TMDb, body: bytes) -> None:
    tmdb.reply(sent(body))

    with client.open_export(DAY) as export, pytest.raises(UnavailableError):
        list(export)


@pytest.mark.parametrize("status", [403, 404])
def test_a_missing_export_is_not_there_yet(client: TMDbClient, tmdb: TMDb, status: int) -> None:
    xml = b"<Error><Code>AccessDenied</Code></Error>"
    tmdb.always = Reply(status=status, body=xml, content_type="application/xml")

    with pytest.raises(ExportMissingError) as raised, client.open_export(DAY):
        pytest.fail("There is nothing to read")

    assert raised.value.can_heal
    assert raised.value.http == status
    assert len(tmdb.arrivals) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "times"),
    [
        (Reply(status=503, body=b"", content_type="text/html"), UnavailableError, 3),
        (Reply(status=301, body=b"", headers={"Location": "/"}), UnavailableError, 3),
        (Reply(status=400, body={"status_code": 18}), RequestError, 1),
    ],
)
def test_another_refusal_is_what_it_is(
    client: TMDbClient, tmdb: TMDb, reply: Reply, kind: type[TMDbError], times: int
) -> None:
    tmdb.always = reply

    with pytest.raises(kind), client.open_export(DAY):
        pytest.fail("There is nothing to read")

    assert len(tmdb.arrivals) == times


def test_what_fails_for_its_reader_stays_as_it_is(client: TMDbClient, tmdb: TMDb) -> None:
    tmdb.reply(sent(packed([BLONDIE])), Reply(status=404, body={"status_code": 34}))

    with pytest.raises(TitleNotFoundError), client.open_export(DAY):
        client.movie(1)


def test_an_export_takes_no_more_memory_for_being_long(client: TMDbClient, tmdb: TMDb) -> None:
    # 180 MB, which are sent as 180 kB.
    line = BLONDIE.replace(b"Blondie", b"x" * 60_000) + b"\n"
    tmdb.reply(sent(gzip.compress(line * 300) * 10))

    with client.open_export(DAY) as export:
        tracemalloc.start()
        count = sum(1 for _ in export)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert count == 3_000
    assert peak < 10 * 1024 * 1024
