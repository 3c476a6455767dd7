"""The one shape of every error: `{"error": {"code", "message", "details", "request_id"}}`.

Codes are stable: clients branch on them, people read the message. `docs/API_GUIDE.md` lists
them all, and a test compares that list with `ErrorCode`.
"""

from enum import Enum
from http import HTTPStatus
from typing import Any, Self


class ErrorCode(Enum):
    """Each error's code, HTTP status and default message."""

    status: HTTPStatus
    message: str

    def __new__(cls, code: str, status: HTTPStatus, message: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.status = status
        member.message = message
        return member

    INVALID = "invalid", HTTPStatus.BAD_REQUEST, "The request has invalid fields."
    RATING_OUT_OF_RANGE = (
        "rating_out_of_range",
        HTTPStatus.BAD_REQUEST,
        "A score is a whole number from 1 to 10.",
    )
    BULK_REFUSED = (
        "bulk_refused",
        HTTPStatus.BAD_REQUEST,
        "Some events cannot be written, so none was.",
    )
    EMAIL_TAKEN = (
        "email_taken",
        HTTPStatus.BAD_REQUEST,
        "An account with this e-mail address exists.",
    )
    WRONG_PASSWORD = (
        "wrong_password",
        HTTPStatus.BAD_REQUEST,
        "This is not the password of your account.",
    )
    MAIL_TOKEN_NOT_VALID = (
        "mail_token_not_valid",
        HTTPStatus.BAD_REQUEST,
        "The token of this mail is malformed, expired or used. Ask for another mail.",
    )
    UNKNOWN_FIELD = (
        "unknown_field",
        HTTPStatus.BAD_REQUEST,
        "The body has a field that this endpoint does not know.",
    )
    UNKNOWN_PARAMETER = (
        "unknown_parameter",
        HTTPStatus.BAD_REQUEST,
        "The query has a parameter or an ordering that this endpoint does not know.",
    )
    INVALID_CURSOR = (
        "invalid_cursor",
        HTTPStatus.BAD_REQUEST,
        "This cursor was not given to you by this endpoint.",
    )
    CURSOR_EXPIRED = (
        "cursor_expired",
        HTTPStatus.GONE,
        "The list behind this cursor is gone: start again without a cursor.",
    )
    PARSE_ERROR = "parse_error", HTTPStatus.BAD_REQUEST, "The body is not valid JSON."
    BAD_REQUEST = "bad_request", HTTPStatus.BAD_REQUEST, "The request is malformed."
    NOT_AUTHENTICATED = (
        "not_authenticated",
        HTTPStatus.UNAUTHORIZED,
        "Send an access token: `Authorization: Bearer <access>`.",
    )
    TOKEN_NOT_VALID = (
        "token_not_valid",
        HTTPStatus.UNAUTHORIZED,
        "The token is malformed, expired, of the wrong kind, or its account is gone.",
    )
    TOKEN_REUSED = (
        "token_reused",
        HTTPStatus.UNAUTHORIZED,
        "This refresh token was exchanged before: use its successor, or log in again.",
    )
    INVALID_CREDENTIALS = (
        "invalid_credentials",
        HTTPStatus.UNAUTHORIZED,
        "No active account has this e-mail address and password.",
    )
    TICKET_NOT_VALID = (
        "ticket_not_valid",
        HTTPStatus.UNAUTHORIZED,
        "This ticket is malformed, expired or used, or its session has ended. Ask for another one.",
    )
    PERMISSION_DENIED = (
        "permission_denied",
        HTTPStatus.FORBIDDEN,
        "Your account may not do this.",
    )
    NOT_FOUND = "not_found", HTTPStatus.NOT_FOUND, "There is nothing here."
    MOVIE_NOT_FOUND = "movie_not_found", HTTPStatus.NOT_FOUND, "There is no such film."
    PERSON_NOT_FOUND = "person_not_found", HTTPStatus.NOT_FOUND, "There is no such person."
    PAGE_NOT_FOUND = "page_not_found", HTTPStatus.NOT_FOUND, "The list ends before this page."
    METHOD_NOT_ALLOWED = (
        "method_not_allowed",
        HTTPStatus.METHOD_NOT_ALLOWED,
        "This address does not answer that method.",
    )
    NOT_ACCEPTABLE = (
        "not_acceptable",
        HTTPStatus.NOT_ACCEPTABLE,
        "This address answers application/json.",
    )
    CONFLICT = (
        "conflict",
        HTTPStatus.CONFLICT,
        "Another write came in between. Try again.",
    )
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency_key_reused",
        HTTPStatus.CONFLICT,
        "This Idempotency-Key named another request before.",
    )
    SAVED_SEARCHES_FULL = (
        "saved_searches_full",
        HTTPStatus.CONFLICT,
        "You have as many saved searches as may be kept. Delete one first.",
    )
    NOT_EXPLAINABLE = (
        "not_explainable",
        HTTPStatus.CONFLICT,
        "This list can be explained no longer. Ask again after the next one.",
    )
    MODEL_NOT_READY = (
        "model_not_ready",
        HTTPStatus.CONFLICT,
        "This model is not ready, or gone.",
    )
    GENERATION_OPEN = (
        "generation_open",
        HTTPStatus.CONFLICT,
        "Such lists are being built already.",
    )
    GENERATION_ENDED = (
        "generation_ended",
        HTTPStatus.CONFLICT,
        "This generation is or was read, or has ended: there is nothing to cancel.",
    )
    GENERATION_NOT_PUBLISHABLE = (
        "generation_not_publishable",
        HTTPStatus.CONFLICT,
        "This generation cannot be read: it is not ready, overtaken, or too old.",
    )
    ACTIVE_GENERATION_CHANGED = (
        "active_generation_changed",
        HTTPStatus.CONFLICT,
        "Another generation became active meanwhile. Nothing was done.",
    )
    SYNC_RUN_ENDED = (
        "sync_run_ended",
        HTTPStatus.CONFLICT,
        "This sync has ended: there is nothing to cancel.",
    )
    EXPERIMENT_STATE = (
        "experiment_state",
        HTTPStatus.CONFLICT,
        "The experiment is not in a state for that, or another one runs.",
    )
    TMDB_NOT_CONFIGURED = (
        "tmdb_not_configured",
        HTTPStatus.CONFLICT,
        "This platform has no credential for TMDb: set TMDB_API_TOKEN or TMDB_API_KEY.",
    )
    BODY_TOO_LARGE = (
        "body_too_large",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The body is larger than this server reads.",
    )
    URI_TOO_LONG = (
        "uri_too_long",
        HTTPStatus.REQUEST_URI_TOO_LONG,
        "The address is longer than this server reads.",
    )
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported_media_type",
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Send the body as application/json.",
    )
    PUSH_ELSEWHERE = (
        "push_elsewhere",
        HTTPStatus.MISDIRECTED_REQUEST,
        "Streams and `wait` are answered by the push process, to which this request did not go.",
    )
    TOO_MANY_STREAMS = (
        "too_many_streams",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Your account has as many streams open as it may. Close one first.",
    )
    THROTTLED = (
        "throttled",
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests: wait as long as Retry-After says.",
    )
    HEADERS_TOO_LARGE = (
        "headers_too_large",
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "The headers are larger, or more, than this server reads.",
    )
    INTERNAL_ERROR = (
        "internal_error",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong here. Quote the request id when you report it.",
    )
    STREAMS_FULL = (
        "streams_full",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "This server has as many streams open as it can. Try again later.",
    )
    UNAVAILABLE = (
        "unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database does not answer right now. Try again.",
    )


class APIError(Exception):
    """Raised by views and readers; answered in the one shape."""

    def __init__(
        self,
        code: ErrorCode,
        message: str | None = None,
        *,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.message = message or code.message
        self.details = details or {}
