"""The one way to tell operators that a run decided against what was asked for."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction

from apps.core.events import announce
from apps.recommendations import signals
from apps.recommendations.models import Alert

logger = logging.getLogger(__name__)

MAX_SUBJECT_CHARS = 200


@transaction.atomic
def raise_alert(*, kind: Alert.Kind, subject: str, text: str, at: datetime) -> Alert:
    """Tell operators, once the surrounding transaction has committed.

    By a line in the log, `nexus_alerts` of /metrics, a row of the admin, and a mail to
    ALERT_EMAILS. Raise it in the transaction that stores the decision: so a slice that is done
    again raises it once. `subject` is one line without anything that a user wrote.
    """
    alert = Alert.objects.create(
        kind=kind,
        subject=subject[:MAX_SUBJECT_CHARS],
        text=text,
        raised_at=at,
        recipients=list(settings.ALERT_EMAILS),
    )
    fields = {"alert": alert.kind, "alert_id": alert.pk}
    transaction.on_commit(lambda: logger.error("Alert: %s", alert.subject, extra=fields))
    if alert.recipients:
        announce(signals.alert_raised, alert_id=alert.pk)
    return alert
