"""Beginning, renewing and ending sessions."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID, uuid4

from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError

from apps.core.errors import APIError, ErrorCode
from apps.users.models import Session, SpentRefreshToken, User
from apps.users.tokens import SessionRefreshToken, TokenPair, refresh_expiry, token_pair

logger = logging.getLogger("nexus.security")

# Whoever loses the race for a refresh token within this time is told so, and nothing else happens.
REUSE_GRACE = timedelta(seconds=10)
# Kept for longer than that, for a loser whose request came in time and then waited.
SPENT_KEPT = timedelta(minutes=1)
# A login beyond this many ends the session that was seen longest ago.
MAX_SESSIONS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """What a login tells about its device: User-Agent and address."""

    device: str = ""
    ip_address: str | None = None


@transaction.atomic
def open_session(*, user: User, client: Client, at: datetime) -> Session:
    """Begin a session for a user whose password was just checked.

    Raises:
        APIError: `invalid_credentials`, if the password changed or the account was deactivated or
            deleted since the check.
    """
    unchanged = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
    if not unchanged.select_for_update(no_key=True).exists():
        raise APIError(ErrorCode.INVALID_CREDENTIALS)
    _end_surplus(user)
    return Session.objects.create(
        user=user,
        device=client.device,
        ip_address=client.ip_address,
        created_at=at,
        last_seen_at=at,
        expires_at=refresh_expiry(at=at),
    )


def _end_surplus(user: User) -> None:
    newest = Session.objects.for_user(user).newest_first().values_list("pk", flat=True)
    if surplus := list(newest[MAX_SESSIONS - 1 :]):
        Session.objects.filter(pk__in=surplus).delete()


def rotate(*, refresh: str, at: datetime) -> TokenPair:
    """Exchange a refresh token for its successor and an access token; of several at once, one.

    Raises:
        APIError: `token_not_valid`; or `token_reused`, where the token was exchanged before. Ten
            seconds after that exchange or later somebody replays what was stolen or forgotten,
            and the session ends with all its tokens (RFC 9700, section 4.14.2).
    """
    token = _refresh_token(refresh)
    session = _exchange(token, at=at)
    if session is None:
        _refuse(token, at=at)
    return token_pair(session)


def _refresh_token(refresh: str) -> SessionRefreshToken:
    try:
        return SessionRefreshToken.read(refresh)
    except TokenError as error:
        raise APIError(ErrorCode.TOKEN_NOT_VALID) from error


@transaction.atomic
def _exchange(token: SessionRefreshToken, *, at: datetime) -> Session | None:
    """The session, if the token was its good one. Parallel exchanges wait for the row's lock."""
    # Columns of the row itself and no join: after waiting, PostgreSQL looks at these anew, but
    # not at what a subquery found before.
    good = token.sessions().live(at=at).filter(refresh_jti=token.id)
    if not good.update(refresh_jti=uuid4(), last_seen_at=at, expires_at=refresh_expiry(at=at)):
        return None
    spent = SpentRefreshToken.objects.filter(session=token.session_id)
    spent.filter(spent_at__lte=at - SPENT_KEPT).delete()
    SpentRefreshToken.objects.create(jti=token.id, session_id=token.session_id, spent_at=at)
    return Session.objects.get(pk=token.session_id)


def _refuse(token: SessionRefreshToken, *, at: datetime) -> NoReturn:
    """Outside a transaction, so that what is ended here stays ended although this raises."""
    just_spent = SpentRefreshToken.objects.filter(pk=token.id, spent_at__gt=at - REUSE_GRACE)
    if just_spent.exists():
        raise APIError(ErrorCode.TOKEN_REUSED)
    if not token.sessions().live(at=at).delete()[0]:
        raise APIError(ErrorCode.TOKEN_NOT_VALID)
    logger.warning(
        "A refresh token of account %s was replayed: its session has ended", token.user_id
    )
    raise APIError(ErrorCode.TOKEN_REUSED)


def end_session_of(*, refresh: str) -> None:
    """End the session of a refresh token, spent or not; one that has ended already is no error.

    Raises:
        APIError: `token_not_valid`, for what is no unexpired refresh token of ours.
    """
    _refresh_token(refresh).sessions().delete()


def end_own_session(*, user: User, session_id: UUID) -> None:
    """Raises Session.DoesNotExist where the user has no such session (any more)."""
    if not Session.objects.for_user(user).filter(pk=session_id).delete()[0]:
        raise Session.DoesNotExist


@transaction.atomic
def end_all_sessions(*, user: User) -> int:
    """How many they were. A login that is under way is waited for, and ends with them."""
    # Whoever ends several sessions of an account locks it first, so that no two wait for each
    # other: a login beyond the cap does, and so does the statement that changes a password.
    User.objects.select_for_update(no_key=True).filter(pk=user.pk).first()
    return Session.objects.for_user(user).delete()[0]
