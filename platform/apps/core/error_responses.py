"""Turns whatever went wrong into an answer: DRF's exceptions, Django's and the database's."""

import json
import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, Error, IntegrityError, InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    UnreadablePostError,
)
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from .database import violated_constraint
from .errors import APIError, ErrorCode
from .request_ids import current_request_id

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"
JSON = "application/json"
_CODES = {code.value: code for code in ErrorCode}
_CODES_OF_EXCEPTIONS: tuple[
    tuple[type[Exception] | tuple[type[Exception], ...], ErrorCode], ...
] = (
    (exceptions.NotAuthenticated, ErrorCode.NOT_AUTHENTICATED),
    (exceptions.AuthenticationFailed, ErrorCode.TOKEN_NOT_VALID),
    (exceptions.ParseError, ErrorCode.PARSE_ERROR),
    ((exceptions.PermissionDenied, DjangoPermissionDenied), ErrorCode.PERMISSION_DENIED),
    ((exceptions.NotFound, Http404), ErrorCode.NOT_FOUND),
    (exceptions.MethodNotAllowed, ErrorCode.METHOD_NOT_ALLOWED),
    (exceptions.NotAcceptable, ErrorCode.NOT_ACCEPTABLE),
    (exceptions.UnsupportedMediaType, ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    (exceptions.Throttled, ErrorCode.THROTTLED),
    (RequestDataTooBig, ErrorCode.BODY_TOO_LARGE),
    ((SuspiciousOperation, UnreadablePostError), ErrorCode.BAD_REQUEST),
    (IntegrityError, ErrorCode.CONFLICT),
    (DataError, ErrorCode.INVALID),
    ((OperationalError, InterfaceError), ErrorCode.UNAVAILABLE),
)
_PLAIN_CODES: Mapping[int, ErrorCode] = {
    code.status: code
    for code in (
        ErrorCode.BAD_REQUEST,
        ErrorCode.NOT_AUTHENTICATED,
        ErrorCode.PERMISSION_DENIED,
        ErrorCode.NOT_FOUND,
        ErrorCode.METHOD_NOT_ALLOWED,
        ErrorCode.NOT_ACCEPTABLE,
        ErrorCode.BODY_TOO_LARGE,
        ErrorCode.URI_TOO_LONG,
        ErrorCode.UNSUPPORTED_MEDIA_TYPE,
        ErrorCode.THROTTLED,
        ErrorCode.HEADERS_TOO_LARGE,
        ErrorCode.INTERNAL_ERROR,
        ErrorCode.UNAVAILABLE,
    )
}
_REFUSALS = (IntegrityError, DataError)
_OUTAGES = (OperationalError, InterfaceError)


def error_body(error: APIError) -> dict[str, Any]:
    return {
        "error": {
            "code": error.code.value,
            "message": error.message,
            "details": error.details,
            "request_id": current_request_id(),
        }
    }


def exception_handler(exc: Exception, _context: Mapping[str, Any]) -> Response | None:
    """DRF's hook. None lets Django log the traceback and answer with `server_error`."""
    error = _api_error(exc)
    if error is None:
        return None
    if isinstance(exc, _REFUSALS):
        _log_refusal(exc)
    elif isinstance(exc, _OUTAGES):
        _log_outage(exc)
    return Response(error_body(error), status=error.code.status, headers=_headers(error))


def _log_refusal(exc: Error) -> None:
    """Without the driver's text, which quotes values and prints whole rows, hashes included."""
    constraint = violated_constraint(exc) or "no constraint named"
    logger.error("The database refused a request: %s (%s)", type(exc).__name__, constraint)


def _log_outage(exc: Error) -> None:
    """Without the traceback, which would print a refused row if one led here."""
    reason = str(exc).partition("\n")[0]
    logger.error("The database does not answer: %s (%s)", type(exc).__name__, reason)


def _api_error(exc: Exception) -> APIError | None:
    if isinstance(exc, APIError):
        return exc
    if isinstance(exc, exceptions.ValidationError):
        return validation_error(exc.detail)
    for kinds, code in _CODES_OF_EXCEPTIONS:
        if isinstance(exc, kinds):
            return APIError(code)
    return None


def _headers(error: APIError) -> dict[str, str]:
    headers = {}
    if error.code.status == ErrorCode.NOT_AUTHENTICATED.status:
        headers["WWW-Authenticate"] = _challenge(error)
    return headers


def _challenge(error: APIError) -> str:
    """RFC 6750, section 3.1: a bad token is told from none."""
    about_token = error.code is ErrorCode.TOKEN_NOT_VALID
    return 'Bearer realm="api"' + (', error="invalid_token"' if about_token else "")


def validation_error(detail: Any) -> APIError:
    """One error for all fields: its code is theirs if they agree on a documented one."""
    details = _details(detail if isinstance(detail, Mapping) else {"non_field_errors": detail})
    codes = set(_codes(details))
    shared = _CODES.get(codes.pop(), ErrorCode.INVALID) if len(codes) == 1 else ErrorCode.INVALID
    return APIError(shared, details=details)


def _details(detail: Any) -> Any:
    if isinstance(detail, Mapping):
        return {str(field): _details(errors) for field, errors in detail.items()}
    if isinstance(detail, list):
        return [_details(error) for error in detail]
    return {"code": getattr(detail, "code", "invalid"), "message": str(detail)}


def _codes(details: Any) -> Iterator[str]:
    if isinstance(details, list):
        for error in details:
            yield from _codes(error)
    elif isinstance(details.get("code"), str):
        yield details["code"]
    else:
        for errors in details.values():
            yield from _codes(errors)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not is_of_api(request):
        return defaults.bad_request(request, exception)
    return _json(ErrorCode.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not is_of_api(request):
        return defaults.permission_denied(request, exception)
    return _json(ErrorCode.PERMISSION_DENIED)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not is_of_api(request):
        return defaults.page_not_found(request, exception)
    return _json(ErrorCode.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Answers what nothing else answered; Django has logged the traceback already."""
    if not is_of_api(request):
        return defaults.server_error(request)
    return _json(ErrorCode.INTERNAL_ERROR)


def refusal(request: HttpRequest, code: ErrorCode) -> HttpResponse:
    """For middleware: the one shape, or a line of text for people."""
    if not is_of_api(request):
        return HttpResponse(code.message, status=code.status, content_type="text/plain")
    return _json(code)


def give_shape(request: HttpRequest, response: HttpResponseBase) -> None:
    """Have the API's error answer in the one shape if something else than the API made it."""
    is_error = response.status_code >= HTTPStatus.BAD_REQUEST
    if not (is_error and is_of_api(request) and isinstance(response, HttpResponse)):
        return
    if response.get("Content-Type") != JSON:
        response.content = json.dumps(error_body(APIError(code_of(response.status_code))))
        response.headers["Content-Type"] = JSON
        response.headers.pop("Content-Length", None)


def code_of(status: int) -> ErrorCode:
    """What a status says by itself."""
    return _PLAIN_CODES.get(status, ErrorCode.BAD_REQUEST)


def is_of_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API_PREFIX)


def _json(code: ErrorCode) -> HttpResponse:
    return JsonResponse(error_body(APIError(code)), status=code.status)
