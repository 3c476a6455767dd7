"""Django's middlewares of sessions, which pages need and the API has no use for.

The API's callers are known by a header and have no cookies, so its requests pass by: together
these took a tenth of the time of the shortest.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase

from .error_responses import is_of_api

if TYPE_CHECKING:
    from django.utils.deprecation import MiddlewareMixin

    _Base = MiddlewareMixin
else:
    _Base = object


class _OfPages(_Base):
    get_response: Callable[[HttpRequest], HttpResponseBase]

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request) if is_of_api(request) else super().__call__(request)


class PageSessionMiddleware(_OfPages, SessionMiddleware):
    pass


class PageAuthenticationMiddleware(_OfPages, AuthenticationMiddleware):
    pass


class PageMessageMiddleware(_OfPages, MessageMiddleware):
    pass
