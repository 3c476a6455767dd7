"""Which error an answer other than the wanted one is.

TMDb's own code tells more than the status: of those with 500, one heals and another never does.
"""

from http import HTTPStatus

from .errors import (
    CredentialError,
    InternalRefusalError,
    RequestError,
    TitleNotFoundError,
    TMDbError,
    UnavailableError,
)

MESSAGE_CHARS = 200
TOO_MANY = 25

_CREDENTIAL = {3, 7, 10, 14, 35, 45}
_NOT_FOUND = {6, 34, 37}
_UNAVAILABLE = {9, 11, 15, 24, 43, 46}
_REFUSED = {44}
_WRONG = {2, 4, 5, 18, 19, 20, 22, 23, 27, 28, 42, 47}
_MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}

_BY_CODE: dict[int, type[TMDbError]] = {
    **dict.fromkeys(_CREDENTIAL, CredentialError),
    **dict.fromkeys(_NOT_FOUND, TitleNotFoundError),
    **dict.fromkeys(_UNAVAILABLE, UnavailableError),
    **dict.fromkeys(_REFUSED, InternalRefusalError),
    **dict.fromkeys(_WRONG, RequestError),
}


def status_code(body: object) -> int | None:
    code = body.get("status_code") if isinstance(body, dict) else None
    return code if type(code) is int else None


def is_refusal(body: object) -> bool:
    """Whether a body says that the request failed, whatever the status says."""
    if not isinstance(body, dict):
        return False
    return body.get("success") is False or (
        status_code(body) is not None and isinstance(body.get("status_message"), str)
    )


def is_rate_limit(http: int, body: object) -> bool:
    return http == HTTPStatus.TOO_MANY_REQUESTS or status_code(body) == TOO_MANY


def refusal(http: int, body: object) -> TMDbError:
    """`body` is what the answer's JSON says; None where it is none."""
    code = status_code(body)
    kind = _BY_CODE.get(code) if code is not None else None
    return (kind or _by_status(http, body))(describe(http, body), status_code=code, http=http)


def _by_status(http: int, body: object) -> type[TMDbError]:
    if http == HTTPStatus.UNAUTHORIZED:
        return CredentialError
    if http == HTTPStatus.NOT_IMPLEMENTED:
        return RequestError
    if http in _MAY_PASS or http >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError
    if not isinstance(body, dict) or http < HTTPStatus.BAD_REQUEST:
        # A page of whatever stands between, which says nothing about what was asked for.
        return UnavailableError
    # Only TMDb's own word may have a title tombstoned.
    is_own = body.get("success") is False and "status_code" not in body
    return TitleNotFoundError if http == HTTPStatus.NOT_FOUND and is_own else RequestError


def describe(http: int, body: object) -> str:
    return f"TMDb answers {http}{_message(body)}"


def _message(body: object) -> str:
    if not isinstance(body, dict):
        return ""
    found = body.get("status_message") or body.get("errors")
    if isinstance(found, list):
        found = "; ".join(entry for entry in found[:5] if isinstance(entry, str))
    shown = found[:MESSAGE_CHARS] if isinstance(found, str) else ""
    printable = "".join(c if c.isprintable() else " " for c in shown)
    return f": {printable}" if printable else ""
