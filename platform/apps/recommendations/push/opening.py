"""How a view hands an open stream to the server that runs it: as a response without a body."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse

from .states import Keys
from .waits import Wait

CONTENT_TYPE = "text/event-stream"
# In META: what the query asked for, which the view is not to see as a parameter.
WAIT_TEXT = "nexus.push_wait"
# In META: what the view decided.
WAIT = "nexus.push_waits"


@dataclass(frozen=True, slots=True)
class Opening:
    user_id: int
    session_id: UUID
    known: Keys | None


class StreamOpened(StreamingHttpResponse):
    """The head of a stream, which goes through all middlewares as any answer does."""

    def __init__(self, opening: Opening | None) -> None:
        super().__init__((), content_type=CONTENT_TYPE)
        self.opening = opening
        self.headers["Cache-Control"] = "no-store"
        # nginx would gather events until its buffer is full.
        self.headers["X-Accel-Buffering"] = "no"


def note_wait(request: HttpRequest, wait: Wait) -> None:
    request.META[WAIT] = wait


def noted_wait(request: HttpRequest) -> Wait | None:
    wait: Wait | None = request.META.get(WAIT)
    return wait
