"""The id of the request at hand: in its response, in each of its log lines, in its errors."""

import re
import uuid
from contextvars import ContextVar

HEADER = "X-Request-ID"
META_KEY = "nexus.request_id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")
NO_REQUEST = "-"
_current: ContextVar[str] = ContextVar("request_id", default=NO_REQUEST)

current_request_id = _current.get
set_request_id = _current.set
reset_request_id = _current.reset


def request_id_from(header: str | None) -> str:
    """The client's id if it is a plain short token, a new one otherwise."""
    if header and _ACCEPTED.fullmatch(header):
        return header
    return uuid.uuid4().hex
