"""Mails that wait: finding them, and taking one so that nobody else does."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from apps.users.models import AccountMail

# The message that the request itself sent has this long to reach a worker.
GRACE = timedelta(seconds=2)
# Longer than the task may run; a worker that died in between keeps the mail waiting this long.
LEASE = timedelta(seconds=90)

_WAITING = Q(sent_at=None, given_up_at=None)


def waiting_mails(*, limit: int, at: datetime) -> list[UUID]:
    """Mails that are due and whose message is lost, those that never were tried first.

    Of these the first that was requested; of the others the first that is due.
    """
    never_tried = Q(nudge_at=None, requested_at__lte=at - GRACE)
    due = AccountMail.objects.filter(_WAITING, never_tried | Q(nudge_at__lte=at))
    in_order = due.order_by(F("nudge_at").asc(nulls_first=True), "requested_at")
    return list(in_order.values_list("pk", flat=True)[:limit])


@transaction.atomic
def claim(mail_id: UUID, *, at: datetime) -> AccountMail | None:
    """Take a mail that is due for one attempt; None where it is not or another worker has it."""
    due = AccountMail.objects.filter(_WAITING, Q(nudge_at=None) | Q(nudge_at__lte=at), pk=mail_id)
    if not due.update(attempts=F("attempts") + 1, nudge_at=at + LEASE):
        return None
    return AccountMail.objects.get(pk=mail_id)
