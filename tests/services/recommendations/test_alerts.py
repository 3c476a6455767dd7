"""What operators learn of an alert: a line, a number, a row, and a mail if somebody is named."""

import logging
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.core import metrics
from apps.recommendations.models import Alert
from apps.recommendations.signals import alert_raised
from services.recommendations.alerts import raise_alert
from services.recommendations.purging import ALERT_RETENTION, purge
from tests.scrapes import value

from .conftest import NOON

pytestmark = pytest.mark.django_db


def raise_one() -> Alert:
    return raise_alert(
        kind=Alert.Kind.PUBLICATION, subject="Lists were kept back", text="Why.", at=NOON
    )


@pytest.fixture
def announced() -> Iterator[list[int]]:
    heard: list[int] = []

    def hear(*, alert_id: int, **_: object) -> None:
        heard.append(alert_id)

    alert_raised.connect(hear)
    yield heard
    alert_raised.disconnect(hear)


def test_it_is_logged_once_it_is_committed(
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        alert = raise_one()
        assert not caplog.records

    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "Alert: Lists were kept back")
    assert (record.__dict__["alert"], record.__dict__["alert_id"]) == ("publication", alert.pk)


def test_one_that_is_rolled_back_was_never_raised(
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        raise_one()
        transaction.set_rollback(True)

    assert not caplog.records
    assert not Alert.objects.exists()


@pytest.mark.parametrize("addresses", [[], ["ops@example.com", "ada@example.com"]])
def test_a_mail_follows_where_somebody_is_to_be_told(
    settings: Settings,
    announced: list[int],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    addresses: list[str],
) -> None:
    settings.ALERT_EMAILS = addresses

    with django_capture_on_commit_callbacks(execute=True):
        alert = raise_one()

    assert alert.recipients == addresses
    assert announced == ([alert.pk] if addresses else [])


@pytest.mark.django_db(transaction=True)
def test_those_of_the_last_day_are_counted() -> None:
    raise_alert(kind=Alert.Kind.GATE, subject="a", text="b", at=timezone.now())
    raise_one()

    text = metrics.exposition().decode()

    assert value(text, "nexus_alerts", kind="gate") == 1
    assert value(text, "nexus_alerts", kind="publication") == 0


def test_old_ones_are_purged() -> None:
    raise_one()

    assert not purge(at=NOON + ALERT_RETENTION - ALERT_RETENTION / 10)
    assert purge(at=NOON + ALERT_RETENTION)
    assert not Alert.objects.exists()
