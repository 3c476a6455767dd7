"""Answers that their caller holds already: `ETag`, `If-None-Match` and 304 (RFC 9110, 13.1.2).

Tags are weak, since an answer says the same whether or not it is compressed. Whoever can tell
cheaply what an answer depends on names it with `etag_of` before making it; of all others the text
is summed up, which saves its transfer and not its making. `If-Match`, which asks for strong tags,
is not looked at: what it guards, writes, is not done by these methods.
"""

from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import parse_etags
from rest_framework.request import Request

from .error_responses import is_of_api

SAFE = ("GET", "HEAD")

# Half of it: nobody holds two answers of one digest.
_DIGITS = 32
# What describes a body, of which there is none.
_OF_A_BODY = ("Content-Type", "Content-Length", "Content-Encoding", "Content-Language")


def etag_of(*parts: object) -> str:
    """A tag of all that an answer depends on: who asks and in which locale, parameters, versions,
    its format's too.
    """
    return _tag("\0".join(map(str, parts)).encode())


def etag_of_text(text: bytes, *, caller: object) -> str:
    """A tag of an answer that is made already, which is its caller's alone."""
    return _tag(text, salt=str(caller))


def is_held(request: HttpRequest | Request, etag: str) -> bool:
    """Whether the caller holds the answer with this tag; they are compared weakly."""
    sent = request.META.get("HTTP_IF_NONE_MATCH")
    if sent is None or request.method not in SAFE:
        return False
    held = parse_etags(sent)
    return held == ["*"] or etag.removeprefix("W/") in {tag.removeprefix("W/") for tag in held}


def not_modified(request: HttpRequest | Request, etag: str) -> HttpResponse | None:
    """The answer to a caller who holds the one with this tag; None if it has to be made.

    The middlewares give it the headers of any other answer.
    """
    return unchanged(etag) if is_held(request, etag) else None


def unchanged(etag: str) -> HttpResponse:
    response = HttpResponse(headers={"ETag": etag})
    make_not_modified(response)
    return response


def make_not_modified(response: HttpResponse) -> None:
    """Leave of an answer what a 304 carries."""
    response.status_code = HTTPStatus.NOT_MODIFIED
    response.content = b""
    for name in _OF_A_BODY:
        response.headers.pop(name, None)


class ConditionalMiddleware:
    """Tags the API's answers that their views did not tag, and sends nobody what they hold."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponse):
            return response
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            # Django's middleware has told the length of nothing.
            make_not_modified(response)
        elif _may_be_held(request, response):
            etag = response.headers.get("ETag") or _etag(request, response)
            response.headers["ETag"] = etag
            if is_held(request, etag):
                make_not_modified(response)
        return response


def _may_be_held(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether it is a successful read of the API; answers with secrets are not to be stored.

    Nor are its pages: a 304 would tell browsers another policy for their scripts than the page did.
    """
    return (
        request.method in SAFE
        and response.status_code == HTTPStatus.OK
        and is_of_api(request)
        and "json" in response.headers.get("Content-Type", "")
        and "no-store" not in response.headers.get("Cache-Control", "")
    )


def _etag(request: HttpRequest, response: HttpResponse) -> str:
    # A view of the API has recognised its caller by now; documents have none.
    caller = getattr(request, "user", None)
    return etag_of_text(response.content, caller=getattr(caller, "pk", None))


def _tag(text: bytes, *, salt: str = "") -> str:
    digest = sha256(salt.encode())
    digest.update(text)
    return f'W/"{digest.hexdigest()[:_DIGITS]}"'
