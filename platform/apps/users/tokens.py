"""Tokens of a session, on simplejwt (ADR 0015).

Both kinds name their session and are worth nothing without its row, which is what makes a
revocation count at once. simplejwt's own rotation and blacklist are not used: with them two of ten
parallel refreshes succeed, a replay goes unnoticed, and every token is kept as plain text.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from apps.core.errors import APIError, ErrorCode

from .models import Session

SESSION_CLAIM = "sid"


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenPair:
    access: str
    refresh: str


class SessionAccessToken(AccessToken):
    @classmethod
    def of(cls, session: Session) -> Self:
        token = cls()
        _name_owner(token, session)
        return token


class SessionRefreshToken(RefreshToken):
    """The one refresh token of the session that is good now, or one that a client sent."""

    access_token_class = SessionAccessToken

    @classmethod
    def of(cls, session: Session) -> Self:
        token = cls()
        _name_owner(token, session)
        token["jti"] = str(session.refresh_jti)
        token.set_exp(from_time=session.expires_at, lifetime=timedelta())
        return token

    @property
    def id(self) -> uuid.UUID:
        """Raises TokenError, as `session_id_of` does."""
        return _uuid(self, "jti")


def _name_owner(token: Token, session: Session) -> None:
    token[api_settings.USER_ID_CLAIM] = str(session.user_id)
    token[SESSION_CLAIM] = str(session.pk)


def token_pair(session: Session) -> TokenPair:
    return TokenPair(
        access=str(SessionAccessToken.of(session)), refresh=str(SessionRefreshToken.of(session))
    )


def session_id_of(token: Token) -> uuid.UUID:
    """The session that the token names.

    Raises:
        TokenError: it names none.
    """
    return _uuid(token, SESSION_CLAIM)


def refresh_expiry(*, at: datetime) -> datetime:
    """When a refresh token that is issued at this moment expires."""
    lifetime: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    return at + lifetime


def _uuid(token: Token, claim: str) -> uuid.UUID:
    try:
        return uuid.UUID(str(token[claim]))
    except (KeyError, ValueError) as error:
        raise TokenError(f"The token has no proper {claim}.") from error


def live_token(text: str, *, at: datetime) -> Token:
    """The access or refresh token that `text` is.

    Raises:
        APIError: `token_not_valid`, also for a spent refresh token and where the session has ended.
    """
    for kind in (SessionAccessToken, SessionRefreshToken):
        try:
            token = kind(text)  # type: ignore[arg-type]  # the stub misses text
            if _is_live(token, at=at):
                return token
        except TokenError:
            continue
    raise APIError(ErrorCode.TOKEN_NOT_VALID)


def _is_live(token: Token, *, at: datetime) -> bool:
    sessions = Session.objects.live(at=at).filter(pk=session_id_of(token), user__is_active=True)
    if isinstance(token, SessionRefreshToken):
        sessions = sessions.filter(refresh_jti=token.id)
    return sessions.exists()
