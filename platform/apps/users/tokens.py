"""Tokens of a session, on simplejwt (ADR 0015).

Both kinds name their session and are worth nothing without its row, which is what makes a
revocation count at once. simplejwt's own rotation and blacklist are not used: with them some
of several parallel refreshes succeed, a replay goes unnoticed, and every token is kept as plain
text.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Self
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from apps.core.errors import APIError, ErrorCode

from .models import Session
from .querysets import SessionQuerySet

SESSION_CLAIM = "sid"
# Some 600 bytes each.
KNOWN_TOKENS = 8_192
# As the table has them.
_IDS = range(1, 2**63)
# What the libraries raise besides TokenError where a text or a claim is nonsense.
_NONSENSE = (ArithmeticError, LookupError, OSError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenPair:
    access: str
    refresh: str


class SessionToken(Token):
    @classmethod
    def of(cls, session: Session) -> Self:
        token = cls()
        token[api_settings.USER_ID_CLAIM] = str(session.user_id)
        token[SESSION_CLAIM] = str(session.pk)
        return token

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """The token that a client sent.

        Raises:
            TokenError: it is not ours, not of this kind, expired, or a claim is no proper one.
        """
        try:
            token = cls(text)  # type: ignore[arg-type]  # the stub misses text
            token.read_claims()
        except _NONSENSE as error:
            raise TokenError("The token is malformed.") from error
        return token

    def read_claims(self) -> None:
        self.session_id = UUID(str(self[SESSION_CLAIM]))
        self.user_id = int(str(self[api_settings.USER_ID_CLAIM]))
        if self.user_id not in _IDS:
            raise ValueError("no id of an account")

    def sessions(self) -> SessionQuerySet:
        """The session that it names, if there still is one; its own columns decide."""
        return Session.objects.filter(pk=self.session_id, user=self.user_id)


class SessionAccessToken(SessionToken):
    token_type = AccessToken.token_type
    lifetime = AccessToken.lifetime


class AccessClaims(NamedTuple):
    """What an access token of ours says; the session's row decides whether it is worth anything."""

    session_id: UUID
    user_id: int
    expires_at: float


def access_claims(text: bytes, *, at: datetime) -> AccessClaims:
    """What the access token says that a client sent.

    A signature does not change, so that of a token seen before is not computed anew.

    Raises:
        TokenError: as `SessionToken.read` does.
    """
    claims = _checked_claims(text, api_settings.SIGNING_KEY)
    if claims.expires_at <= at.timestamp():
        raise TokenError("The token has expired.")
    return claims


@lru_cache(KNOWN_TOKENS)
def _checked_claims(text: bytes, _key: str) -> AccessClaims:
    """Kept by the key as well, with which it was checked."""
    token = SessionAccessToken.read(text)
    return AccessClaims(token.session_id, token.user_id, token["exp"])


class SessionRefreshToken(SessionToken):
    """The one refresh token of the session that is good now, or one that a client sent."""

    token_type = RefreshToken.token_type
    lifetime = RefreshToken.lifetime

    @classmethod
    def of(cls, session: Session) -> Self:
        token = super().of(session)
        token["jti"] = str(session.refresh_jti)
        token.set_exp(from_time=session.expires_at, lifetime=timedelta())
        return token

    def read_claims(self) -> None:
        super().read_claims()
        self.id = UUID(str(self["jti"]))


def token_pair(session: Session) -> TokenPair:
    return TokenPair(
        access=str(SessionAccessToken.of(session)), refresh=str(SessionRefreshToken.of(session))
    )


def refresh_expiry(*, at: datetime) -> datetime:
    """When a refresh token that is issued at this moment expires."""
    lifetime: timedelta = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    return at + lifetime


def live_token(text: str, *, at: datetime) -> Token:
    """The access or refresh token that `text` is.

    Raises:
        APIError: `token_not_valid`, also for a spent refresh token and where the session has ended.
    """
    for kind in (SessionAccessToken, SessionRefreshToken):
        try:
            token = kind.read(text)
        except TokenError:
            continue
        if _is_live(token, at=at):
            return token
    raise APIError(ErrorCode.TOKEN_NOT_VALID)


def _is_live(token: SessionToken, *, at: datetime) -> bool:
    sessions = token.sessions().live(at=at).filter(user__is_active=True)
    if isinstance(token, SessionRefreshToken):
        sessions = sessions.filter(refresh_jti=token.id)
    return sessions.exists()
