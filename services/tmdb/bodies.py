"""Bodies of answers, read within bounds of size and time."""

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from requests import Response

from .errors import PayloadError, UnavailableError

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

PIECE_BYTES = 64 * 1024
MOST_BYTES = 8 * 1024 * 1024
MOST_REFUSAL_BYTES = 64 * 1024


def pieces(response: Response, *, decode: bool) -> Iterator[bytes]:
    """What has come so far, again and again: a server that drips never fills a whole piece."""
    raw: HTTPResponse = response.raw
    while piece := raw.read1(PIECE_BYTES, decode_content=decode):
        yield piece


def read_whole(response: Response, *, most: int, within_seconds: float) -> bytes:
    """The decoded body.

    Raises:
        PayloadError: it is larger than `most` bytes.
        UnavailableError: it takes longer to come.
    """
    deadline = time.monotonic() + within_seconds
    found = bytearray()
    for piece in pieces(response, decode=True):
        found += piece
        if len(found) > most:
            raise PayloadError(f"TMDb's answer is larger than {most:,} bytes")
        if time.monotonic() > deadline:
            raise UnavailableError(f"TMDb's answer did not come within {within_seconds:.0f} s")
    return bytes(found)


def decoded(body: bytes) -> object:
    """What JSON says.

    Raises:
        PayloadError: it is valid but beyond what can be read.
        UnavailableError: it is none, or only the beginning.
    """
    try:
        return json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        failure: Exception = UnavailableError("TMDb's answer is no whole JSON")
    except RecursionError:
        failure = PayloadError("TMDb's answer is nested too deeply")
    except ValueError:  # a number of more digits than Python reads
        failure = PayloadError("TMDb's answer has a number that is too long")
    raise failure


def is_json(response: Response) -> bool:
    kind = response.headers.get("Content-Type", "application/json")
    return "json" in kind.partition(";")[0].lower()


def refusal_body(response: Response, *, within_seconds: float) -> object:
    """What the JSON of a refusal says; None if it is none."""
    try:
        return decoded(read_whole(response, most=MOST_REFUSAL_BYTES, within_seconds=within_seconds))
    except (PayloadError, UnavailableError):
        return None
