"""What the server says to one request, and the bodies that TMDb gives its errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

JSON = "application/json;charset=utf-8"

# HTTP status and message by TMDb's own status code.
ERRORS: Mapping[int, tuple[int, str]] = {
    5: (422, "Invalid parameters: Your request parameters are incorrect."),
    6: (404, "Invalid id: The pre-requisite id is invalid or not found."),
    7: (401, "Invalid API key: You must be granted a valid key."),
    9: (503, "Service offline: This service is temporarily offline, try again later."),
    10: (401, "Suspended API key: Access to your account has been suspended, contact TMDB."),
    11: (500, "Internal error: Something went wrong, contact TMDb."),
    20: (422, "Invalid date range: Should be a range no longer than 14 days."),
    22: (
        400,
        "Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.",
    ),
    23: (400, "Invalid date: Format needs to be YYYY-MM-DD."),
    24: (504, "Your request to the backend server timed out. Try again."),
    25: (429, "Your request count (41) is over the allowed limit of 40."),
    27: (
        400,
        "Too many append to response objects: The maximum number of remote calls is 20.",
    ),
    34: (404, "The resource you requested could not be found."),
    43: (502, "Couldn't connect to the backend server."),
    44: (500, "The ID is invalid."),
    46: (503, "The API is undergoing maintenance. Try again later."),
}

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    # Sent instead of the body.
    file: Path | None = None
    delay_seconds: float = 0.0
    # The connection ends after half of the body that was promised.
    is_cut: bool = False
    # The connection ends without a word.
    hangs_up: bool = False

    def with_body(self, body: bytes) -> Self:
        """Another body, to which the tag of this one does not belong."""
        headers = {name: value for name, value in self.headers.items() if name != "ETag"}
        return replace(self, body=body, headers=headers)


def encode(value: Any) -> bytes:
    return _ENCODER.encode(value).encode()


def envelope(code: int, *, message: str = "") -> bytes:
    text = message or ERRORS[code][1]
    return encode({"success": False, "status_code": code, "status_message": text})


def refusal(code: int, *, message: str = "", headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(
        status=ERRORS[code][0],
        body=envelope(code, message=message),
        headers={"Content-Type": JSON, "Cache-Control": "public, max-age=300", **(headers or {})},
    )


def as_json(value: Any, *, status: int = 200) -> Answer:
    return Answer(status=status, body=encode(value), headers={"Content-Type": JSON})
