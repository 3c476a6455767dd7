"""What a web process answers to what only a push process can."""

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.status import HTTP_307_TEMPORARY_REDIRECT

from apps.core.errors import APIError, ErrorCode


def sent_elsewhere(request: Request) -> HttpResponse:
    """A redirect to PUSH_URL where it is set.

    Raises:
        APIError: `push_elsewhere` where it is not: the proxy in front does not bring this request
            to the push process.
    """
    if not settings.PUSH_URL:
        raise APIError(ErrorCode.PUSH_ELSEWHERE)
    response = HttpResponse(status=HTTP_307_TEMPORARY_REDIRECT)
    response.headers["Location"] = settings.PUSH_URL + request.get_full_path()
    response.headers["Cache-Control"] = "no-store"
    return response
