"""The password of an account that is logged in: asking for it again, and changing it."""

from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from apps.core.errors import APIError, ErrorCode
from apps.users.models import Session, User

from . import mails
from .sessions import Client, open_session


def change_password(
    *, user: User, old_password: str, new_password: str, client: Client, at: datetime
) -> Session:
    """Replace the password and end all sessions (migration 0005 does); the new one to go on with.

    Of two changes at once one wins.

    Raises:
        APIError: `wrong_password`, or `token_not_valid` if the account has gone meanwhile.
    """
    verify_own_password(user=user, password=old_password)
    # A hash takes its time, for which no row needs to be locked.
    return _store(user=user, encoded=make_password(new_password), client=client, at=at)


@transaction.atomic
def _store(*, user: User, encoded: str, client: Client, at: datetime) -> Session:
    account = lock_verified(user, no_key=True)
    account.password = encoded
    account.save(update_fields=["password"])
    mails.request_password_notice(user=account, at=at)
    return open_session(user=account, client=client, at=at)


def verify_own_password(*, user: User, password: str) -> None:
    """Raises APIError, `wrong_password`."""
    # Not the user's own method, which may store the password's hash anew and so end all sessions.
    if not check_password(password, user.password):
        raise APIError(ErrorCode.WRONG_PASSWORD)


def lock_verified(user: User, *, no_key: bool) -> User:
    """Lock the account whose password was just verified, and read it anew.

    Raises:
        APIError: `wrong_password` or `token_not_valid`, if the password changed since or the
            account was deactivated or deleted.
    """
    accounts = User.objects.select_for_update(no_key=no_key).filter(is_active=True)
    account = accounts.filter(pk=user.pk).first()
    if account is None:
        raise APIError(ErrorCode.TOKEN_NOT_VALID)
    if account.password != user.password:
        raise APIError(ErrorCode.WRONG_PASSWORD)
    return account
