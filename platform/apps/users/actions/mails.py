"""Asking for mails, which workers send, and using up the tokens in them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from apps.core.errors import APIError, ErrorCode
from apps.core.events import announce
from apps.users import signals
from apps.users.mail_tokens import is_token_of, mail_id_of
from apps.users.models import AccountMail, User

# After this time it is no news.
NOTICE_LIFETIME = timedelta(days=1)

Purpose = AccountMail.Purpose


@transaction.atomic
def request_mail(
    *, purpose: AccountMail.Purpose, email: str, at: datetime, user: User | None = None
) -> None:
    """Have a mail sent to whoever has this address, if anybody.

    No account is looked up here: the same happens for every address, in the same time.
    """
    mail = AccountMail.objects.create(
        purpose=purpose,
        email=email,
        user=user,
        requested_at=at,
        expires_at=at + _lifetime(purpose),
    )
    announce(signals.mail_requested, mail_id=str(mail.pk))


def request_verification(*, user: User, at: datetime) -> None:
    request_mail(purpose=Purpose.VERIFY_EMAIL, email=user.email, user=user, at=at)


def request_password_notice(*, user: User, at: datetime) -> None:
    """Have the account's owner told that its password was changed."""
    request_mail(purpose=Purpose.PASSWORD_CHANGED, email=user.email, user=user, at=at)


def _lifetime(purpose: AccountMail.Purpose) -> timedelta:
    lifetimes: dict[str, timedelta] = {
        Purpose.VERIFY_EMAIL: settings.EMAIL_VERIFICATION_LIFETIME,
        Purpose.RESET_PASSWORD: settings.PASSWORD_RESET_LIFETIME,
        Purpose.PASSWORD_CHANGED: NOTICE_LIFETIME,
    }
    return lifetimes[purpose]


def account_of(*, token: str, purpose: AccountMail.Purpose, at: datetime) -> User:
    """Whose token it is, while it is good; it stays so.

    Raises:
        APIError: `mail_token_not_valid`.
    """
    mail = _good_mails(token, purpose, at=at).select_related("user").first()
    user = mail.user if mail else None
    if mail is None or user is None or not user.is_active:
        raise APIError(ErrorCode.MAIL_TOKEN_NOT_VALID)
    if not is_token_of(mail, token, user=user):
        raise APIError(ErrorCode.MAIL_TOKEN_NOT_VALID)
    return user


def redeem(*, token: str, purpose: AccountMail.Purpose, at: datetime) -> User:
    """Use up a token, and return its account with the row locked.

    What fails later in the caller's transaction gives the token back.

    Raises:
        APIError: `mail_token_not_valid`; of several who redeem one token at once, one succeeds.
    """
    mails = _good_mails(token, purpose, at=at)
    mail = mails.first()
    # The account before the mail: whoever deletes an account locks them in this order.
    user = _lock_account(mail.user_id) if mail and mail.user_id else None
    if mail is None or user is None or not is_token_of(mail, token, user=user):
        raise APIError(ErrorCode.MAIL_TOKEN_NOT_VALID)
    if not mails.update(used_at=at):
        raise APIError(ErrorCode.MAIL_TOKEN_NOT_VALID)
    return user


def _good_mails(token: str, purpose: AccountMail.Purpose, *, at: datetime) -> QuerySet[AccountMail]:
    """The mail that the token names, with or without right, if it can still be used."""
    return AccountMail.objects.filter(
        pk=mail_id_of(token), purpose=purpose, used_at=None, expires_at__gt=at
    )


def _lock_account(user_id: int) -> User | None:
    accounts = User.objects.filter(pk=user_id, is_active=True)
    return accounts.select_for_update(no_key=True).first()
