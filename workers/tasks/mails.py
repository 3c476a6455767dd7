"""One mail of an account, or of an alert. Safe to run twice, late or for nobody."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from services.mail import alerts, sending
from workers import metrics
from workers.celery import app


# Each step of the conversation with the server has a time-out of its own (EMAIL_TIMEOUT).
@app.task(name="mail.send_mail", soft_time_limit=60, time_limit=75)
def send_mail(*, mail_id: str, **_: Any) -> None:
    attempt = sending.send_mail(mail_id=UUID(mail_id), clock=timezone.now)
    if attempt is not None:
        metrics.count_mail(attempt.purpose, attempt.outcome.value)


@app.task(name="mail.send_alert", soft_time_limit=60, time_limit=75)
def send_alert(*, alert_id: int, **_: Any) -> None:
    outcome = alerts.send_alert(alert_id=alert_id, clock=timezone.now)
    if outcome is not None:
        metrics.count_mail(alerts.PURPOSE, outcome.value)
