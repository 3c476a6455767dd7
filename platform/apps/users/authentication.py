"""Who sends a request: the account of the session that the access token names."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError

from .live_sessions import live_session
from .models import Session, User
from .tokens import AccessClaims, access_claims

# A session's row is written at most this often for being seen.
SEEN_INTERVAL = timedelta(minutes=5)


class SessionAuthentication(JWTAuthentication):
    """Takes `Authorization: Bearer <access>`; `request.auth` is the Session.

    One query finds the session and its account, so a session that has ended is refused at once.
    """

    def authenticate(self, request: Request) -> tuple[User, Session] | None:  # type: ignore[override]
        header = self.get_header(request)
        token = self.get_raw_token(header or b"")
        if token is None:
            return None
        session = _live_session(token, at=timezone.now())
        note_seen(session.pk, session.last_seen_at)
        return session.user, session

    def get_raw_token(self, header: bytes) -> bytes | None:
        """Schemes are told apart in any case of letters (RFC 9110, 11.1)."""
        scheme, *rest = header.split() or [b""]
        return super().get_raw_token(b" ".join([scheme.capitalize(), *rest]))


def bearer_claims(request: HttpRequest, *, at: datetime) -> AccessClaims | None:
    """What the header's token says, without a query; None where only a view can tell what to say.

    It takes the header in its plainest form alone.
    """
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme != "Bearer" or not token.isascii():
        return None
    try:
        return access_claims(token.encode(), at=at)
    except TokenError:
        return None


def _live_session(token: bytes, *, at: datetime) -> Session:
    try:
        claims = access_claims(token, at=at)
    except TokenError as error:
        raise InvalidToken from error
    session = live_session(claims, at=at)
    if session is None:
        raise InvalidToken
    return session


def note_seen(session_id: UUID, last_seen_at: datetime) -> None:
    """Of requests at once that find it out of date, one writes."""
    now = timezone.now()
    due = now - SEEN_INTERVAL
    if last_seen_at <= due:
        Session.objects.filter(pk=session_id, last_seen_at__lte=due).update(last_seen_at=now)


class SessionAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "apps.users.authentication.SessionAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of `POST /api/v1/auth/login/`. It lives for 15 "
            "minutes and ends with its session: by logging out, by revoking the session, by a "
            "new password, or with the account.",
        }
