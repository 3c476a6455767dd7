"""Answers requests with Django's own handler, each on a thread of a small pool.

So hosts, redirects, origins, tokens, throttles, errors and logs are those of the web processes.
"""

import io
from typing import Any
from urllib.parse import unquote_to_bytes

from django.core import signals
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse

from .opening import WAIT_TEXT

Scope = dict[str, Any]
WAIT_PARAMETER = b"wait"


class Answerer:
    def __init__(self, *, urlconf: str) -> None:
        self._urlconf = urlconf
        self._waiting_path = reverse("recommendation-list", urlconf=urlconf)
        self._handler = BaseHandler()
        self._handler.load_middleware()

    def answer(self, request: ASGIRequest) -> tuple[HttpResponseBase, bytes]:
        """The response and its body; on a thread, for as long as it takes."""
        signals.request_started.send(sender=self.__class__, scope=request.scope)
        response = self._handler.get_response(request)
        body = _body(response)
        # Tells Django that the request is over, so that it looks after its connection.
        response.close()
        return response, body

    def request(self, scope: Scope, body: bytes, *, wait: str | None) -> ASGIRequest:
        request = ASGIRequest(scope, io.BytesIO(body))
        request.urlconf = self._urlconf  # type: ignore[attr-defined]
        # Of a body that came in chunks nobody has said how long it is.
        request.META["CONTENT_LENGTH"] = str(len(body))
        if wait is not None:
            request.META[WAIT_TEXT] = wait
        return request

    def without_wait(self, scope: Scope) -> tuple[Scope, str | None]:
        """The request as a web process knows it, and what `wait` says; the last one counts."""
        if scope["path"] != self._waiting_path:
            return scope, None
        parts = scope["query_string"].split(b"&")
        waits = [part for part in parts if unquote_to_bytes(_name(part)) == WAIT_PARAMETER]
        if not waits:
            return scope, None
        rest = b"&".join(part for part in parts if part not in waits)
        return {**scope, "query_string": rest}, waits[-1].partition(b"=")[2].decode("latin-1")


def _name(part: bytes) -> bytes:
    return part.partition(b"=")[0]


def _body(response: HttpResponseBase) -> bytes:
    if isinstance(response, HttpResponse):
        return response.content
    return b"".join(response)
