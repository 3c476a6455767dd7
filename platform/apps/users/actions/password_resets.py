from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.users.models import AccountMail
from apps.users.passwords import refuse_weak_password

from . import mails

_RESET = AccountMail.Purpose.RESET_PASSWORD


def reset_password(*, token: str, new_password: str, at: datetime) -> None:
    """Give the account a new password, which ends its sessions and voids its other reset mails.

    The token also proves that the owner reads what is sent to the account's address.

    Raises:
        APIError: `mail_token_not_valid`.
        ValidationError: the password is too weak; the token can be used again.
    """
    user = mails.account_of(token=token, purpose=_RESET, at=at)
    refuse_weak_password(new_password, user=user, field="new_password")
    # A hash takes its time, for which no row needs to be locked.
    _store(token=token, encoded=make_password(new_password), at=at)


@transaction.atomic
def _store(*, token: str, encoded: str, at: datetime) -> None:
    user = mails.redeem(token=token, purpose=_RESET, at=at)
    user.password = encoded
    user.email_verified_at = user.email_verified_at or at
    user.save(update_fields=["password", "email_verified_at"])
    mails.request_password_notice(user=user, at=at)
