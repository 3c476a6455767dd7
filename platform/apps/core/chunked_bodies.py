from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class ChunkedBodies:
    """Gives a chunked body, which Django takes for empty, a length, reading no more than a limit.

    Of a longer one so much is left that BodyLimitMiddleware refuses it.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, wsgi: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in wsgi and not wsgi.get("CONTENT_LENGTH"):
            body = _beginning(wsgi["wsgi.input"])
            # A length that the body does not have makes it unreadable, as an interrupted one is.
            wsgi["CONTENT_LENGTH"] = "1" if body is None else str(len(body))
            wsgi["wsgi.input"] = BytesIO(body or b"")
        return self.application(wsgi, start_response)


def _beginning(stream: Any) -> bytes | None:
    try:
        body: bytes = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    except Exception:  # noqa: BLE001  # what servers raise for malformed chunks shares no class
        return None
    return body
