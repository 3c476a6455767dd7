"""`/health/live`, `/health/ready` and `/metrics`: answered before hosts, redirects and sessions.

Whoever asks comes from inside, by an address that no browser would use, over plain HTTP.
"""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from . import health
from .error_responses import error_body
from .errors import APIError, ErrorCode

logger = logging.getLogger(__name__)

METHODS = ("GET", "HEAD")
_SHOWN_CHARACTERS = 60
# The checks that failed when this process was last asked, so that the log tells of changes only.
_failing: set[str] = set()


class ProbeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        from .urls import urlpatterns

        self.get_response = get_response
        self.views = {f"/{route.pattern}": route.callback for route in urlpatterns}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = self.views.get(request.path_info)
        if view is None:
            return self.get_response(request)
        response: HttpResponseBase = _refusal(request) or view(request)
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        # Django would log an error each time somebody asks while a part is away.
        response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
        return response


def live(_request: HttpRequest) -> HttpResponse:
    """Whether this process answers; it asks nobody else."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    """Whether every part of the platform does its work, or those named by `?checks=a,b`."""
    try:
        wanted = _wanted(request)
    except APIError as error:
        return _error(error)
    findings = health.examine(wanted)
    _log_changes(findings)
    report = health.report(findings)
    is_ok = report["status"] == health.OK
    return JsonResponse(report, status=HTTPStatus.OK if is_ok else HTTPStatus.SERVICE_UNAVAILABLE)


def _wanted(request: HttpRequest) -> list[str]:
    """The checks of the query, all if it has none. Raises APIError for what is none."""
    if unknown := sorted(request.GET.keys() - {"checks"}):
        message = f"{_shown(unknown[0])} is no parameter here; the parameters are checks."
        raise APIError(ErrorCode.UNKNOWN_PARAMETER, message, details={"allowed": ["checks"]})
    if "checks" not in request.GET:
        return []
    wanted = request.GET["checks"].split(",")
    allowed = health.names()
    for name in wanted:
        if name not in allowed:
            message = f"{_shown(name)} is no check; the checks are {', '.join(allowed)}."
            raise APIError(ErrorCode.INVALID, message, details={"allowed": allowed})
    return wanted


def _log_changes(findings: Mapping[str, health.Finding]) -> None:
    for name, finding in findings.items():
        if finding.is_ok and name in _failing:
            _failing.discard(name)
            logger.info("Health check %s is well again: %s", name, finding.detail)
        elif not finding.is_ok and name not in _failing:
            _failing.add(name)
            logger.warning("Health check %s fails: %s (%s)", name, finding.detail, finding.error)


def _shown(text: str) -> str:
    return ascii(text[:_SHOWN_CHARACTERS])


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if request.method in METHODS:
        return None
    response = _error(APIError(ErrorCode.METHOD_NOT_ALLOWED))
    response["Allow"] = ", ".join(METHODS)
    return response


def _error(error: APIError) -> HttpResponse:
    return JsonResponse(error_body(error), status=error.code.status)
