from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.utils.http import escape_leading_slashes

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
        return response


class RequestPreservingRedirect(HttpResponsePermanentRedirect):
    """To follow a 301, clients send a GET without the body, and a write is silently lost."""

    status_code = HTTPStatus.PERMANENT_REDIRECT


class SlashAppendingMiddleware(CommonMiddleware):
    """Django's, whose redirect to the address with a slash keeps the method and the body."""

    response_redirect_class = RequestPreservingRedirect

    def get_full_path_with_slash(self, request: HttpRequest) -> str:
        # Django's own refuses to redirect writes under DEBUG, as a 301 would lose their bodies.
        return escape_leading_slashes(request.get_full_path(force_append_slash=True))
