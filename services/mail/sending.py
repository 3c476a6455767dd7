"""Sending one mail: at least once, and twice only if the worker dies right after sending it.

Nothing that is stored or logged here holds an address, a token or the server's words, which
repeat the address.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.users.models import AccountMail, User

from . import messages, waiting

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Purpose = AccountMail.Purpose

# The first retry comes after this time, each further one after twice the time of the one before.
RETRY_DELAY = timedelta(seconds=10)
MAX_RETRY_DELAY = timedelta(hours=1)
# Together most of a day.
MAX_ATTEMPTS = 24

EXPIRED = "It expired before it could be sent."
EXHAUSTED = "No worker survived the last attempt."
# From here on a server's refusal is final (RFC 5321, section 4.2.1).
PERMANENT = 500


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
    if mail.attempts > MAX_ATTEMPTS:
        return _give_up(mail, mail.error or EXHAUSTED, at=clock())
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
    told = _told(error)
    if _is_final(error) or mail.attempts >= MAX_ATTEMPTS:
        return _give_up(mail, told, at=at)
    logger.warning("Mail %s was not sent at attempt %s: %s", mail.pk, mail.attempts, told)
    delay = min(RETRY_DELAY * 2 ** (mail.attempts - 1), MAX_RETRY_DELAY)
    _row(mail).update(error=told, nudge_at=at + delay)
    return Outcome.FAILED


def _give_up(mail: AccountMail, reason: str, *, at: datetime) -> Outcome:
    logger.warning("Mail %s is given up: %s", mail.pk, reason)
    _row(mail).update(error=reason, given_up_at=at)
    return Outcome.GIVEN_UP


def _row(mail: AccountMail) -> QuerySet[AccountMail]:
    return AccountMail.objects.filter(pk=mail.pk)


def _told(error: Exception) -> str:
    """The kind of error and the server's codes: "SMTPRecipientsRefused 550"."""
    return " ".join([type(error).__name__, *map(str, _codes(error))])


def _codes(error: Exception) -> list[int]:
    if isinstance(error, SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, SMTPResponseException) else []


def _is_final(error: Exception) -> bool:
    """Whether the server will never take it. Other faults may be ours to mend meanwhile."""
    if isinstance(error, SMTPRecipientsRefused | SMTPDataError):
        return all(code >= PERMANENT for code in _codes(error))
    # An address that cannot be written into a mail's headers.
    return isinstance(error, ValueError)
