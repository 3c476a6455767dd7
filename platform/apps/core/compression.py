"""Compressed answers of the API, for clients that accept gzip.

What carries secrets, tokens or personal data (`no-store`) is never compressed, and pages with forms
are none of the API's: an attacker who has another's browser ask and counts the bytes would learn of
them (BREACH). Nor would he get an answer of the API: its tokens are in a header, which browsers do
not add by themselves.
"""

import gzip
import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from .error_responses import is_of_api

# A shorter one fits into the packet that its headers fill in part.
SHORTEST_BYTES = 1_400
# The lowest level takes half the time of the usual one, and leaves a few per cent more.
_LEVEL = 1
_ACCEPTED = re.compile(r"\s*([^\s;,]+)\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")


@lru_cache(maxsize=256)
def accepts_gzip(header: str) -> bool:
    """Whether gzip is at least as welcome as plain text (RFC 9110, 12.5.3)."""
    qualities = _qualities(header)
    quality = qualities.get("gzip", qualities.get("*", 0.0))
    return quality > 0 and quality >= qualities.get("identity", 0.0)


def _qualities(header: str) -> dict[str, float]:
    """What cannot be understood is not accepted."""
    found = (_ACCEPTED.fullmatch(part) for part in header.lower().split(","))
    return {each[1]: float(each[2] or 1) for each in found if each is not None}


class CompressionMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.COMPRESS_ANSWERS and _may_be_compressed(request, response):
            patch_vary_headers(response, ["Accept-Encoding"])
            if isinstance(response, HttpResponse) and _pays(request, response):
                _compress(response)
        return response


def _may_be_compressed(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether an answer of this kind is sent to some clients in another form."""
    return (
        response.status_code in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}
        and not response.streaming
        and is_of_api(request)
        and "no-store" not in response.headers.get("Cache-Control", "")
        and "Content-Encoding" not in response.headers
    )


def _pays(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        len(response.content) >= SHORTEST_BYTES
        and "json" in response.headers.get("Content-Type", "")
        and accepts_gzip(request.headers.get("Accept-Encoding", ""))
    )


def _compress(response: HttpResponse) -> None:
    response.content = gzip.compress(response.content, _LEVEL, mtime=0)
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Content-Length", None)
    etag = response.headers.get("ETag", "")
    if etag.startswith('"'):
        # The same in other bytes, which a strong tag would deny.
        response.headers["ETag"] = f"W/{etag}"
