from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

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
