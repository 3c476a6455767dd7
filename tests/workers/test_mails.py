"""Mails between the row, the queue and the numbers that tell of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import redis
from django.conf import settings
from django.core import mail as outgoing
from django.utils import timezone

from apps.core import metrics
from apps.users.actions import mails
from apps.users.models import AccountMail
from tests.factories import make_user
from tests.scrapes import value
from tests.workers.messages import drain
from workers.tasks import maintenance
from workers.tasks.mails import send_mail

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
Purpose = AccountMail.Purpose
Message = tuple[str, str, dict[str, Any]]


@pytest.fixture(autouse=True)
def broker() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    drain(client)
    yield client
    drain(client)


def request_lost(broker: redis.Redis, *, email: str = "ada@example.com") -> UUID:
    """A mail whose message the broker has forgotten, requested a minute ago."""
    mails.request_mail(purpose=Purpose.RESET_PASSWORD, email=email, at=timezone.now() - MINUTE)
    drain(broker)
    return AccountMail.objects.get(email=email).pk


def message_of(mail_id: UUID) -> Message:
    return ("mail", "mail.send_mail", {"mail_id": str(mail_id)})


def counted(outcome: str) -> float:
    text = metrics.exposition().decode()
    return value(text, "nexus_mails_total", purpose="reset_password", outcome=outcome)


def test_the_sweep_sends_a_lost_message_again(broker: redis.Redis) -> None:
    lost = request_lost(broker)

    maintenance.sweep.run()

    assert drain(broker) == [message_of(lost)]


def test_the_sweep_adds_nothing_to_messages_that_wait(broker: redis.Redis) -> None:
    lost = request_lost(broker)

    maintenance.sweep.run()
    maintenance.sweep.run()

    assert drain(broker) == [message_of(lost)]


def test_the_sweep_sends_no_more_than_so_many_at_once(
    broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "MAILS_AT_ONCE", 2)
    for number in range(3):
        request_lost(broker, email=f"viewer{number}@example.com")

    maintenance.sweep.run()

    assert len(drain(broker)) == 2


def test_what_became_of_a_mail_is_counted(broker: redis.Redis) -> None:
    make_user(email="ada@example.com")
    sent, dropped = counted("sent"), counted("dropped")

    for email in ("ada@example.com", "nobody@example.com"):
        send_mail.run(mail_id=str(request_lost(broker, email=email)))

    assert (counted("sent") - sent, counted("dropped") - dropped) == (1, 1)
    assert [message.to for message in outgoing.outbox] == [["ada@example.com"]]


def test_a_message_for_a_mail_that_was_sent_counts_nothing(broker: redis.Redis) -> None:
    make_user(email="ada@example.com")
    mail_id = request_lost(broker)
    send_mail.run(mail_id=str(mail_id))
    before = counted("sent")

    send_mail.run(mail_id=str(mail_id))

    assert counted("sent") == before


def test_mails_that_wait_are_counted_and_the_oldest_is_told(broker: redis.Redis) -> None:
    make_user(email="ada@example.com")
    mail_id = request_lost(broker)
    request_lost(broker, email="nobody@example.com")
    text = metrics.exposition().decode()
    assert value(text, "nexus_mails_waiting") == 2
    assert 60 <= value(text, "nexus_oldest_mail_wait_seconds") < 120

    send_mail.run(mail_id=str(mail_id))
    AccountMail.objects.filter(sent_at=None).update(given_up_at=timezone.now())

    text = metrics.exposition().decode()
    assert value(text, "nexus_mails_waiting") == 0
    assert value(text, "nexus_oldest_mail_wait_seconds") == 0
