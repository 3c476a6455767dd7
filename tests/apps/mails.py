"""Mails that are sent here, as the workers send them, and what is in them."""

import re
from datetime import datetime

from django.core import mail as outgoing
from django.utils import timezone

from apps.users.models import AccountMail
from services.mail import sending, waiting

TOKEN = re.compile(r"^[0-9a-f]{32}\.[\w-]{43}$", re.MULTILINE)


def send_all(*, at: datetime | None = None) -> list[sending.Outcome]:
    """One attempt at each mail that waits, and what became of it."""
    now = at or timezone.now()
    due = waiting.waiting_mails(limit=100, at=now + waiting.GRACE)
    attempts = [sending.send_mail(mail_id=mail_id, clock=lambda: now) for mail_id in due]
    return [attempt.outcome for attempt in attempts if attempt is not None]


def token_in_last_mail() -> str:
    """The token that stands on a line of its own."""
    (token,) = TOKEN.findall(str(outgoing.outbox[-1].body))
    return str(token)


def purposes() -> list[str]:
    """Of all mails that were requested, in their order."""
    return list(AccountMail.objects.order_by("requested_at").values_list("purpose", flat=True))
