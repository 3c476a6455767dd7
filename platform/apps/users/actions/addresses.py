from datetime import datetime

from django.db import transaction

from apps.users.models import AccountMail

from . import mails


@transaction.atomic
def verify_email(*, token: str, at: datetime) -> None:
    """Note that the account's owner reads what is sent to its address.

    Raises:
        APIError: `mail_token_not_valid`.
    """
    user = mails.redeem(token=token, purpose=AccountMail.Purpose.VERIFY_EMAIL, at=at)
    if user.email_verified_at is None:
        user.email_verified_at = at
        user.save(update_fields=["email_verified_at"])
