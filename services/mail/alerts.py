"""Sending an alert to operators, with the same patience as any other mail."""

import logging
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet

from apps.recommendations.models import Alert

from . import failures
from .sending import Clock, Outcome
from .waiting import GRACE, LEASE

logger = logging.getLogger(__name__)

# What `nexus_mails_total` counts it as.
PURPOSE = "alert"

_WAITING = Q(sent_at=None, given_up_at=None) & ~Q(recipients=[])


def waiting_alerts(*, limit: int, at: datetime) -> list[int]:
    """Alerts that are due and whose message is lost, the oldest first."""
    never_tried = Q(nudge_at=None, raised_at__lte=at - GRACE)
    due = Alert.objects.filter(_WAITING, never_tried | Q(nudge_at__lte=at))
    return list(due.order_by("raised_at").values_list("pk", flat=True)[:limit])


def send_alert(*, alert_id: int, clock: Clock) -> Outcome | None:
    """Try once; None where the alert is not due, gone, or in another worker's hands."""
    alert = _claim(alert_id, at=clock())
    if alert is None:
        return None
    if alert.attempts > failures.MAX_ATTEMPTS:
        return _give_up(alert, alert.error or failures.EXHAUSTED, at=clock())
    try:
        _compose(alert).send()
    except Exception as error:  # noqa: BLE001  # whatever it is, its text may hold an address
        return _record_failure(alert, error, at=clock())
    _row(alert).update(sent_at=clock(), error="")
    return Outcome.SENT


@transaction.atomic
def _claim(alert_id: int, *, at: datetime) -> Alert | None:
    due = Alert.objects.filter(_WAITING, Q(nudge_at=None) | Q(nudge_at__lte=at), pk=alert_id)
    if not due.update(attempts=F("attempts") + 1, nudge_at=at + LEASE):
        return None
    return Alert.objects.get(pk=alert_id)


def _compose(alert: Alert) -> EmailMessage:
    """The same mail each time, its id included, so that mailboxes can tell a repetition."""
    sender = settings.DEFAULT_FROM_EMAIL
    domain = parseaddr(sender)[1].partition("@")[2]
    return EmailMessage(
        subject=f"Nexus: {alert.subject}",
        body=f"{alert.text}\n\nRaised at {alert.raised_at:%Y-%m-%d %H:%M} UTC as {alert}.\n",
        from_email=sender,
        to=alert.recipients,
        headers={
            "Message-ID": f"<alert-{alert.pk}-{alert.raised_at:%Y%m%d%H%M%S%f}@{domain}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _record_failure(alert: Alert, error: Exception, *, at: datetime) -> Outcome:
    told = failures.told(error)
    if failures.is_final(error) or alert.attempts >= failures.MAX_ATTEMPTS:
        return _give_up(alert, told, at=at)
    logger.warning("Alert %s was not sent at attempt %s: %s", alert.pk, alert.attempts, told)
    _row(alert).update(error=told, nudge_at=at + failures.retry_delay(attempts=alert.attempts))
    return Outcome.FAILED


def _give_up(alert: Alert, reason: str, *, at: datetime) -> Outcome:
    logger.warning("The mail of alert %s is given up: %s", alert.pk, reason)
    _row(alert).update(error=reason, given_up_at=at)
    return Outcome.GIVEN_UP


def _row(alert: Alert) -> QuerySet[Alert]:
    return Alert.objects.filter(pk=alert.pk)
