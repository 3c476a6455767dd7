from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from rest_framework.exceptions import ValidationError

from apps.users.models import AccountMail, User

from . import mails


@transaction.atomic
def reset_password(*, token: str, new_password: str, at: datetime) -> None:
    """Give the account a new password, which ends its sessions and voids its other reset mails.

    The token also proves that the owner reads what is sent to the account's address.

    Raises:
        APIError: `mail_token_not_valid`.
        ValidationError: the password is too weak; the token can be used again.
    """
    user = mails.redeem(token=token, purpose=AccountMail.Purpose.RESET_PASSWORD, at=at)
    _check(new_password, user=user)
    user.set_password(new_password)
    user.email_verified_at = user.email_verified_at or at
    user.save(update_fields=["password", "email_verified_at"])
    mails.request_password_notice(user=user, at=at)


def _check(new_password: str, *, user: User) -> None:
    try:
        validate_password(new_password, user=user)
    except DjangoValidationError as error:
        raise ValidationError({"new_password": error.messages}) from error
