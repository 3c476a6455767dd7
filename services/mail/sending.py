"""Sending one mail: at least once, and twice only if the worker dies right after sending it.

Nothing that is stored or logged here holds an address, a token or the server's words, which
repeat the address.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.users.models import AccountMail, User

from . import failures, messages, waiting

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Purpose = AccountMail.Purpose

EXPIRED = "It expired before it could be sent."


class Outcome(Enum):
    SENT = "sent"
    DROPPED = "dropped"  # nobody to send it to, or nothing to say
    FAILED = "failed"  # and tried again
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Attempt:
    purpose: str
    outcome: Outcome


def send_mail(*, mail_id: UUID, clock: Clock) -> Attempt | None:
    """Try once; None where the mail is not due, gone, or in another worker's hands."""
    mail = waiting.claim(mail_id, at=clock())
    if mail is None:
        return None
    return Attempt(mail.purpose, _attempt(mail, clock=clock))


def _attempt(mail: AccountMail, *, clock: Clock) -> Outcome:
    if mail.expires_at <= clock():
        return _give_up(mail, mail.error or EXPIRED, at=clock())
    if mail.attempts > failures.MAX_ATTEMPTS:
        return _give_up(mail, mail.error or failures.EXHAUSTED, at=clock())
    user = _find_account(mail)
    if user is None:
        # An address without an account is nothing to keep.
        _row(mail).delete()
        return Outcome.DROPPED
    message = messages.compose(mail, user=user)
    try:
        message.send()
    except Exception as error:  # noqa: BLE001  # whatever it is, its text may hold the address
        return _record_failure(mail, error, at=clock())
    _row(mail).update(sent_at=clock(), error="")
    return Outcome.SENT


@transaction.atomic
def _find_account(mail: AccountMail) -> User | None:
    """The account that the mail is for, noted in its row."""
    accounts = User.objects.filter(email=mail.email, is_active=True, origin=User.Origin.REGISTERED)
    if mail.user_id is not None:
        accounts = accounts.filter(pk=mail.user_id)
    # Locked before the mail, as whoever deletes the account does.
    user = accounts.select_for_update(no_key=True).first()
    if user is None or not _is_of_use(mail, user):
        return None
    _row(mail).update(user=user)
    return user


def _is_of_use(mail: AccountMail, user: User) -> bool:
    if mail.purpose == Purpose.VERIFY_EMAIL:
        return user.email_verified_at is None
    # An operator who takes the password away wants nobody to log in by one.
    return user.has_usable_password()


def _record_failure(mail: AccountMail, error: Exception, *, at: datetime) -> Outcome:
    told = failures.told(error)
    if failures.is_final(error) or mail.attempts >= failures.MAX_ATTEMPTS:
        return _give_up(mail, told, at=at)
    logger.warning("Mail %s was not sent at attempt %s: %s", mail.pk, mail.attempts, told)
    again_at = at + failures.retry_delay(attempts=mail.attempts)
    _row(mail).update(error=told, nudge_at=again_at)
    return Outcome.FAILED


def _give_up(mail: AccountMail, reason: str, *, at: datetime) -> Outcome:
    logger.warning("Mail %s is given up: %s", mail.pk, reason)
    _row(mail).update(error=reason, given_up_at=at)
    return Outcome.GIVEN_UP


def _row(mail: AccountMail) -> QuerySet[AccountMail]:
    return AccountMail.objects.filter(pk=mail.pk)
