"""Who sends a request: the account of the session that the access token names."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError

from .models import Session, User
from .tokens import session_id_of

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

    def get_user(self, validated_token: Any) -> Any:
        """Nobody yet: `authenticate` reads the account together with the session."""
        return validated_token


def _live_session(token: Any) -> Session:
    try:
        session_id = session_id_of(token)
    except TokenError as error:
        raise InvalidToken from error
    sessions = Session.objects.live(at=timezone.now()).filter(user__is_active=True)
    session = sessions.select_related("user").filter(pk=session_id).first()
    if session is None:
        raise InvalidToken
    return session


def _note_seen(session: Session) -> None:
    now = timezone.now()
    if now - session.last_seen_at >= SEEN_INTERVAL:
        Session.objects.filter(pk=session.pk).update(last_seen_at=now)


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
