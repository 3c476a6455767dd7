from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.common import CommonMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.http import escape_leading_slashes

from .error_responses import give_shape, is_of_api, refusal
from .errors import ErrorCode
from .request_ids import HEADER, META_KEY, request_id_from, reset_request_id, set_request_id


class RequestIDMiddleware:
    """Outermost, so that whatever happens to a request happens under its id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request_id_from(request.headers.get(HEADER))
        # Django logs refused requests after the last middleware, with the request at hand.
        request.META[META_KEY] = request_id
        token = set_request_id(request_id)
        try:
            response = self.get_response(request)
        finally:
            reset_request_id(token)
        response[HEADER] = request_id
        # That of a 304 would be the length of the answer that its caller holds.
        if isinstance(response, HttpResponse) and response.status_code != HTTPStatus.NOT_MODIFIED:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        if request.method == "HEAD":
            _empty(response)
        return response


def _empty(response: HttpResponseBase) -> None:
    """Views answer HEAD as GET; the server would drop the body, with a warning for each."""
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = ()
    elif isinstance(response, HttpResponse):
        response.content = b""


class ErrorShapeMiddleware:
    """Gives the API's errors the one shape, whatever made them: a page's view, a check of forms."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        give_shape(request, response)
        return response


class CallersAnswerMiddleware:
    """Tells caches on the way that an answer of the API is its caller's own.

    Films carry what the caller did with them. What a signed-in caller is answered may be kept by
    that caller alone, and asked for again; what nobody is answered must not be given to somebody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_of_api(request):
            patch_vary_headers(response, ["Authorization"])
            if "Authorization" in request.headers:
                response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class BodyLimitMiddleware:
    """Refuses a long body before anything of it is read, also where the view would ignore it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return refusal(request, ErrorCode.BODY_TOO_LARGE)
        return self.get_response(request)


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0


class PermanentRedirectMiddleware:
    """Has a permanent redirect keep the method and the body, such as the one from http to https.

    To follow a 301, clients send a GET without the body, and a write is silently lost.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.MOVED_PERMANENTLY:
            response.status_code = HTTPStatus.PERMANENT_REDIRECT
        return response


class SlashAppendingMiddleware(CommonMiddleware):
    """Django's, which here redirects writes as well, because their redirects keep the body."""

    def get_full_path_with_slash(self, request: HttpRequest) -> str:
        # Django's own refuses this under DEBUG, as a 301 would lose their bodies.
        return escape_leading_slashes(request.get_full_path(force_append_slash=True))
