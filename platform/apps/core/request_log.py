"""One line and two metrics for each request. Neither holds what a client sent but the path."""

import logging
import re
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import LazyObject, empty

from .metrics import HTTP_REQUESTS, HTTP_SECONDS

logger = logging.getLogger("nexus.access")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "OTHER"
UNMATCHED = "unmatched"
STATIC = "static"
SHOWN_CHARACTERS = 200
SERVER_ERROR = 500
_EMAIL = re.compile(r"[^/\s]+@[^/\s]+")


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = perf_counter()
        response = self.get_response(request)
        _record(request, response, seconds=perf_counter() - began)
        return response


def _record(request: HttpRequest, response: HttpResponseBase, *, seconds: float) -> None:
    method = request.method if request.method in METHODS else OTHER_METHOD
    route = _route(request)
    status = response.status_code
    HTTP_REQUESTS.labels(method, route, status).inc()
    HTTP_SECONDS.labels(method, route).observe(seconds)
    path = _shown(request.path)
    milliseconds = round(seconds * 1000, 2)
    logger.log(
        logging.ERROR if status >= SERVER_ERROR else logging.INFO,
        "%s %s %s %s ms",
        *(method, path, status, milliseconds),
        extra={
            "method": method,
            "path": path,
            "route": route,
            "status": status,
            "duration_ms": milliseconds,
            "user_id": _user_id(request),
        },
    )


def _route(request: HttpRequest) -> str:
    """The pattern that matched, of which there are few; addresses there are without number."""
    match = request.resolver_match
    if match is not None:
        return match.route
    static = settings.STATIC_URL
    return STATIC if static and request.path.startswith(static) else UNMATCHED


def _shown(path: str) -> str:
    """Nobody's address, and nothing that a terminal or a reader of lines would act upon."""
    shown = path[:SHOWN_CHARACTERS]
    if "@" in shown:
        shown = _EMAIL.sub("(address)", shown)
    return shown if shown.isascii() and shown.isprintable() else ascii(shown)[1:-1]


def _user_id(request: HttpRequest) -> Any:
    """Who was recognised while the request was answered; nobody is looked up for the log."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user._wrapped is empty:  # type: ignore[attr-defined]  # noqa: SLF001
        return None
    return getattr(user, "pk", None)
