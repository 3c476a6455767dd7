"""Who sends a request: the account of the session that the access token names."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError

from .models import Session, User
from .tokens import SessionAccessToken

# A session's row is written at most this often for being seen.
SEEN_INTERVAL = timedelta(minutes=5)


class SessionAuthentication(JWTAuthentication):
    """Takes `Authorization: Bearer <access>`; `request.auth` is the Session.

    One query finds the session and its account, so a session that has ended is refused at once.
    """

    def authenticate(self, request: Request) -> tuple[User, Session] | None:  # type: ignore[override]
        found = super().authenticate(request)
        if found is None:
            return None
        session = _live_session(found[1])
        _note_seen(session)
        return session.user, session

    def get_raw_token(self, header: bytes) -> bytes | None:
        """Schemes are told apart in any case of letters (RFC 9110, 11.1)."""
        scheme, *rest = header.split() or [b""]
        return super().get_raw_token(b" ".join([scheme.capitalize(), *rest]))

    def get_validated_token(self, raw_token: bytes) -> SessionAccessToken:
        try:
            return SessionAccessToken.read(raw_token)
        except TokenError as error:
            raise InvalidToken from error

    def get_user(self, validated_token: Any) -> Any:
        """Nobody yet: `authenticate` reads the account together with the session."""
        return validated_token


def _live_session(token: Any) -> Session:
    sessions = token.sessions().live(at=timezone.now()).filter(user__is_active=True)
    session: Session | None = sessions.select_related("user").first()
    if session is None:
        raise InvalidToken
    return session


def _note_seen(session: Session) -> None:
    """Of requests at once that find it out of date, one writes."""
    now = timezone.now()
    due = now - SEEN_INTERVAL
    if session.last_seen_at <= due:
        Session.objects.filter(pk=session.pk, last_seen_at__lte=due).update(last_seen_at=now)


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
