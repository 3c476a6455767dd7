"""Throttles of views, and the headers that tell clients of them."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import is_server_error
from rest_framework.throttling import BaseThrottle

from . import error_responses, throttling
from .client_address import network_of
from .errors import APIError, ErrorCode
from .throttling import Verdict, account_key, tightest

if TYPE_CHECKING:
    # Views import the default throttle themselves.
    from rest_framework.views import APIView

META_KEY = "nexus.rate_limit"
_AHEAD_KEY = "nexus.counted_ahead"

# Scopes and keys, in the order in which they are counted.
Counted = Iterable[tuple[str, str]]


def count(request: HttpRequest | Request, counted: Counted) -> Verdict | None:
    """Count one after the other until one is refused; the answer's headers tell the tightest.

    What comes after a refusal is not counted: whom his address limit refuses locks nobody out.
    """
    verdict = None
    for scope, key in counted:
        verdict = throttling.hit(scope, key)
        noted = request.META.get(META_KEY, verdict)
        request.META[META_KEY] = tightest([noted, verdict])
        if not verdict.is_allowed:
            break
    return verdict


def attempts(
    request: HttpRequest | Request, purpose: str, *, email: Callable[[], object]
) -> Counted:
    """By address, then by the account that the body names, whether or not there is one."""
    yield f"{purpose}_address", network_of(request)
    if key := account_key(email()):
        yield f"{purpose}_account", key


def ordinary(request: Request) -> Counted:
    """By account where somebody is logged in, by address otherwise."""
    if request.user.is_authenticated:
        yield "user", str(request.user.pk)
    else:
        yield "anonymous", network_of(request)


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's hook. What it refuses before a throttle saw it, a bad token say, counts by address."""
    response = error_responses.exception_handler(exc, context)
    request: Request = context["request"]
    if response is None or is_server_error(response.status_code) or META_KEY in request.META:
        return response
    verdict = count(request, [("anonymous", network_of(request))])
    if verdict is None or verdict.is_allowed:
        return response
    return error_responses.exception_handler(APIError(ErrorCode.THROTTLED), context)


def headers_of(verdict: Verdict) -> dict[str, str]:
    headers = {
        "X-RateLimit-Limit": str(verdict.limit),
        "X-RateLimit-Remaining": str(verdict.remaining),
        "X-RateLimit-Reset": str(verdict.reset_seconds),
    }
    if not verdict.is_allowed:
        headers["Retry-After"] = str(verdict.reset_seconds)
    return headers


class RateLimitMiddleware:
    """Gives every answer that was counted its headers, also one that went wrong."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        verdict = request.META.get(META_KEY)
        if verdict is not None:
            for name, value in headers_of(verdict).items():
                response[name] = value
        return response


class Throttle(BaseThrottle):
    """Counts what `counted` names; a method that its view only refuses, as any request.

    Otherwise requests that do nothing could use up, say, the log-ins of an address.
    """

    @abstractmethod
    def counted(self, request: Request) -> Counted: ...

    def allow_request(self, request: Request, view: "APIView") -> bool:
        is_work = request.method in view.allowed_methods and request.method != "OPTIONS"
        verdict = count(request, self.counted(request) if is_work else ordinary(request))
        return verdict is None or verdict.is_allowed


def is_allowed_ahead(request: HttpRequest, *, user_id: int) -> bool:
    """Count what DefaultThrottle would; if the request comes to it, it goes by this count."""
    verdict = count(request, [("user", str(user_id))])
    request.META[_AHEAD_KEY] = is_allowed = verdict is None or verdict.is_allowed
    return is_allowed


class DefaultThrottle(Throttle):
    def allow_request(self, request: Request, view: "APIView") -> bool:
        counted_ahead: bool | None = request.META.get(_AHEAD_KEY)
        return super().allow_request(request, view) if counted_ahead is None else counted_ahead

    def counted(self, request: Request) -> Counted:
        return ordinary(request)


class AddressThrottle(Throttle):
    scope: str

    def counted(self, request: Request) -> Counted:
        yield self.scope, network_of(request)


class UserThrottle(Throttle):
    """Of views that nobody uses without an account."""

    scope: str

    def counted(self, request: Request) -> Counted:
        yield self.scope, str(request.user.pk)


class AccountThrottle(Throttle):
    purpose: str

    def counted(self, request: Request) -> Counted:
        # A body that cannot be read raises here what it would raise in the view.
        return attempts(request, self.purpose, email=lambda: _email(request.data))


def _email(body: Any) -> Any:
    return body.get("email") if isinstance(body, dict) else None
