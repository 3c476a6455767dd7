"""The mail of an alert: to all operators at once, and again until it is sent or given up."""

from collections.abc import Iterator
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail as outgoing
from pytest_django import Settings

from apps.recommendations.models import Alert
from services.mail.alerts import send_alert, waiting_alerts
from services.mail.failures import MAX_ATTEMPTS, RETRY_DELAY
from services.mail.sending import Outcome
from services.mail.waiting import GRACE, LEASE
from services.recommendations.alerts import raise_alert
from tests.services.recommendations.conftest import FakeClock

from . import test_sending
from .test_sending import NOON, RefusingBackend

pytestmark = pytest.mark.django_db

OPERATORS = ["ops@example.com", "ada@example.com"]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def server(settings: Settings) -> Iterator[type[RefusingBackend]]:
    settings.EMAIL_BACKEND = f"{test_sending.__name__}.RefusingBackend"
    RefusingBackend.error = ConnectionRefusedError(111, "no server for ops@example.com")
    yield RefusingBackend
    del RefusingBackend.error


@pytest.fixture
def alert(settings: Settings) -> Alert:
    settings.ALERT_EMAILS = OPERATORS
    return raise_alert(
        kind=Alert.Kind.PUBLICATION, subject="Kept back", text="Churn is 0.9.", at=NOON
    )


def test_all_operators_get_one_mail(alert: Alert, clock: FakeClock) -> None:
    assert send_alert(alert_id=alert.pk, clock=clock) is Outcome.SENT
    assert send_alert(alert_id=alert.pk, clock=clock) is None

    (message,) = outgoing.outbox
    assert message.to == OPERATORS
    assert message.subject == "Nexus: Kept back"
    assert str(message.body).startswith("Churn is 0.9.\n")


def test_one_without_recipients_is_never_due(clock: FakeClock, settings: Settings) -> None:
    settings.ALERT_EMAILS = []
    unread = raise_alert(kind=Alert.Kind.GATE, subject="a", text="b", at=NOON)
    clock.advance(seconds=3600)

    assert waiting_alerts(limit=10, at=clock()) == []
    assert send_alert(alert_id=unread.pk, clock=clock) is None
    assert not outgoing.outbox


def test_a_lost_message_is_found_once_its_time_is_over(alert: Alert) -> None:
    assert waiting_alerts(limit=10, at=NOON) == []
    assert waiting_alerts(limit=10, at=NOON + GRACE) == [alert.pk]


def test_a_refused_one_is_tried_again_and_its_row_names_no_address(
    alert: Alert, clock: FakeClock, server: type[RefusingBackend]
) -> None:
    assert send_alert(alert_id=alert.pk, clock=clock) is Outcome.FAILED

    alert.refresh_from_db()
    assert (alert.error, alert.nudge_at) == ("ConnectionRefusedError", NOON + RETRY_DELAY)
    assert waiting_alerts(limit=10, at=NOON + RETRY_DELAY - timedelta(seconds=1)) == []
    assert waiting_alerts(limit=10, at=NOON + RETRY_DELAY) == [alert.pk]


@pytest.mark.parametrize("is_final", [True, False])
def test_it_is_given_up_in_the_end(
    alert: Alert, clock: FakeClock, server: type[RefusingBackend], *, is_final: bool
) -> None:
    if is_final:
        server.error = SMTPRecipientsRefused(dict.fromkeys(OPERATORS, (550, b"no")))
    else:
        Alert.objects.update(attempts=MAX_ATTEMPTS - 1)

    assert send_alert(alert_id=alert.pk, clock=clock) is Outcome.GIVEN_UP
    clock.advance(seconds=24 * 3600)
    assert waiting_alerts(limit=10, at=clock()) == []


def test_a_worker_that_died_with_it_holds_it_for_its_lease_only(
    alert: Alert, clock: FakeClock
) -> None:
    Alert.objects.update(attempts=1, nudge_at=NOON + LEASE)

    assert send_alert(alert_id=alert.pk, clock=clock) is None
    clock.advance(seconds=LEASE.total_seconds())
    assert send_alert(alert_id=alert.pk, clock=clock) is Outcome.SENT
