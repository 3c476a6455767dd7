"""Sending a mail: to whom, what it says, and what happens when it cannot be sent."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any
from uuid import UUID

import pytest
from django.core import mail as outgoing
from django.core.mail.backends.locmem import EmailBackend as InMemoryBackend
from django.db import connection
from django.urls import reverse
from pytest_django import Settings

from apps.users.actions import mails
from apps.users.models import AccountMail, User
from services.mail import waiting
from services.mail.failures import MAX_ATTEMPTS, MAX_RETRY_DELAY, RETRY_DELAY
from services.mail.sending import EXPIRED, Outcome, send_mail
from tests.apps.query_counts import captured_queries
from tests.factories import make_user
from tests.services.recommendations.conftest import FakeClock

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADDRESS = "ada@example.com"
Purpose = AccountMail.Purpose


class RefusingBackend(InMemoryBackend):
    """A mail server that answers each attempt with `error`."""

    error: Exception

    def send_messages(self, messages: Any) -> int:  # noqa: ARG002  # Django's signature
        raise self.error


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def user() -> User:
    return make_user(email=ADDRESS)


@pytest.fixture
def server(settings: Settings) -> Iterator[type[RefusingBackend]]:
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    RefusingBackend.error = ConnectionRefusedError(111, f"no server for {ADDRESS}")
    yield RefusingBackend
    del RefusingBackend.error


def requested(
    purpose: Purpose, *, email: str = ADDRESS, user: User | None = None, at: datetime = NOON
) -> UUID:
    mails.request_mail(purpose=purpose, email=email, at=at, user=user)
    return AccountMail.objects.get(purpose=purpose, email=email, requested_at=at).pk


def send(mail_id: UUID, clock: FakeClock) -> Outcome | None:
    attempt = send_mail(mail_id=mail_id, clock=clock)
    return attempt.outcome if attempt else None


@pytest.mark.parametrize(
    ("purpose", "route"),
    [
        (Purpose.VERIFY_EMAIL, "auth-verify-email"),
        (Purpose.RESET_PASSWORD, "auth-password-reset-confirm"),
    ],
)
def test_a_mail_shows_its_token_and_where_to_send_it(
    user: User, clock: FakeClock, purpose: Purpose, route: str
) -> None:
    assert send(requested(purpose), clock) is Outcome.SENT

    (message,) = outgoing.outbox
    assert message.to == [ADDRESS]
    assert message.from_email == "Nexus <nexus@localhost>"
    assert f"POST {reverse(route)} " in message.body
    assert "once, until 2" in message.body
    mail = AccountMail.objects.get()
    assert (mail.user, mail.sent_at, mail.attempts, mail.error) == (user, NOON, 1, "")
    assert f"\n{mail.pk.hex}." in message.body


@pytest.mark.parametrize(
    ("purpose", "setting"),
    [
        (Purpose.VERIFY_EMAIL, "EMAIL_VERIFICATION_URL"),
        (Purpose.RESET_PASSWORD, "PASSWORD_RESET_URL"),
    ],
)
def test_a_mail_links_to_the_frontend_where_there_is_one(
    user: User, clock: FakeClock, settings: Settings, purpose: Purpose, setting: str
) -> None:
    setattr(settings, setting, "https://nexus.example/go?token={token}&x=1")

    mail_id = requested(purpose)
    send(mail_id, clock)

    body = str(outgoing.outbox[0].body)
    (link,) = [line for line in body.splitlines() if line.startswith("https:")]
    assert link.startswith(f"https://nexus.example/go?token={mail_id.hex}.")
    assert link.endswith("&x=1")
    assert "POST" not in body


def test_a_notice_of_a_new_password_has_no_token(user: User, clock: FakeClock) -> None:
    assert send(requested(Purpose.PASSWORD_CHANGED, user=user), clock) is Outcome.SENT

    body = str(outgoing.outbox[0].body)
    assert "22 November 2026, 12:00 UTC" in body
    assert AccountMail.objects.get().pk.hex not in body


def test_no_mail_is_answered_by_an_absence_note(user: User, clock: FakeClock) -> None:
    send(requested(Purpose.VERIFY_EMAIL), clock)

    assert outgoing.outbox[0].message()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("purpose", "account"),
    [
        *product(
            Purpose,
            (
                {"email": "somebody.else@example.com"},
                {"is_active": False},
                {"origin": User.Origin.IMPORTED, "password": None},
                {"origin": User.Origin.SIMULATED},
            ),
        ),
        (Purpose.RESET_PASSWORD, {"password": None}),
        (Purpose.PASSWORD_CHANGED, {"password": None}),
        (Purpose.VERIFY_EMAIL, {"email_verified_at": NOON}),
    ],
)
def test_a_mail_for_nobody_leaves_no_trace(
    clock: FakeClock, purpose: Purpose, account: dict[str, Any]
) -> None:
    user = make_user(**{"email": ADDRESS} | account)

    assert send(requested(purpose, user=user), clock) is Outcome.DROPPED

    assert outgoing.outbox == []
    assert not AccountMail.objects.exists()


def test_a_mail_does_not_follow_its_address_to_another_account(clock: FakeClock) -> None:
    first = make_user(email=ADDRESS)
    mail_id = requested(Purpose.PASSWORD_CHANGED, user=first)
    User.objects.filter(pk=first.pk).update(email="new@example.com")
    make_user(email=ADDRESS)

    assert send(mail_id, clock) is Outcome.DROPPED

    assert outgoing.outbox == []


def test_a_mail_is_sent_once(user: User, clock: FakeClock) -> None:
    mail_id = requested(Purpose.VERIFY_EMAIL)

    assert [send(mail_id, clock) for _ in range(3)] == [Outcome.SENT, None, None]

    clock.advance(days=1)
    assert waiting.waiting_mails(limit=10, at=clock()) == []
    assert len(outgoing.outbox) == 1


def test_a_mail_that_another_worker_has_is_left_to_it(user: User, clock: FakeClock) -> None:
    mail_id = requested(Purpose.VERIFY_EMAIL)
    assert waiting.claim(mail_id, at=clock())

    assert send(mail_id, clock) is None

    clock.advance(seconds=waiting.LEASE.total_seconds() - 1)
    assert (send(mail_id, clock), outgoing.outbox) == (None, [])


def test_a_worker_that_dies_on_the_way_leaves_the_same_mail_to_the_next(
    user: User, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_id = requested(Purpose.RESET_PASSWORD)

    class KilledError(BaseException):
        pass

    class LateKill:
        """The clock is asked once more when the mail has been sent."""

        calls = 0

        def __call__(self) -> datetime:
            self.calls += 1
            if outgoing.outbox:
                raise KilledError
            return clock()

    with pytest.raises(KilledError):
        send_mail(mail_id=mail_id, clock=LateKill())
    assert AccountMail.objects.get().sent_at is None
    clock.advance(seconds=waiting.LEASE.total_seconds())
    assert waiting.waiting_mails(limit=10, at=clock()) == [mail_id]
    assert send(mail_id, clock) is Outcome.SENT

    first, second = outgoing.outbox
    assert first.body == second.body
    assert first.message()["Message-ID"] == second.message()["Message-ID"]


def test_a_request_is_left_to_its_own_message_at_first(user: User, clock: FakeClock) -> None:
    mail_id = requested(Purpose.VERIFY_EMAIL)

    clock.advance(seconds=waiting.GRACE.total_seconds() - 0.1)
    assert waiting.waiting_mails(limit=10, at=clock()) == []
    clock.advance(seconds=0.1)
    assert waiting.waiting_mails(limit=10, at=clock()) == [mail_id]


def test_a_sweep_takes_so_many_and_those_that_never_were_tried_first(
    user: User, clock: FakeClock, server: type[RefusingBackend]
) -> None:
    tried = requested(Purpose.VERIFY_EMAIL)
    send(tried, clock)
    shuffled = (3, 1, 4, 0, 5, 2)
    new = {
        second: requested(Purpose.RESET_PASSWORD, at=NOON + timedelta(seconds=second))
        for second in shuffled
    }
    clock.advance(minutes=1)

    in_order = [new[second] for second in sorted(shuffled)]
    assert waiting.waiting_mails(limit=10, at=clock()) == [*in_order, tried]
    assert waiting.waiting_mails(limit=2, at=clock()) == in_order[:2]


def test_a_sweep_reads_no_more_of_a_long_queue_than_it_takes() -> None:
    AccountMail.objects.bulk_create(
        AccountMail(
            purpose=Purpose.VERIFY_EMAIL,
            email=f"viewer{number}@example.com",
            requested_at=NOON - timedelta(seconds=number),
            expires_at=NOON + timedelta(days=1),
            nudge_at=NOON if number % 3 == 0 else None,
        )
        for number in range(5_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE users_accountmail")
    with captured_queries() as statements:
        waiting.waiting_mails(limit=100, at=NOON + timedelta(minutes=1))

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statements[0]}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Index Scan using accountmail_waiting_idx" in plan
    assert "Sort" not in plan


def test_a_server_that_is_away_is_asked_again_later_and_later(
    user: User, clock: FakeClock, server: type[RefusingBackend]
) -> None:
    mail_id = requested(Purpose.VERIFY_EMAIL)
    delays = []
    for _ in range(MAX_ATTEMPTS - 1):
        assert send(mail_id, clock) is Outcome.FAILED
        mail = AccountMail.objects.get()
        assert mail.nudge_at is not None
        delays.append(mail.nudge_at - clock())
        clock.now = mail.nudge_at

    assert delays[:3] == [RETRY_DELAY, 2 * RETRY_DELAY, 4 * RETRY_DELAY]
    assert delays[-1] == MAX_RETRY_DELAY
    assert send(mail_id, clock) is Outcome.GIVEN_UP
    assert waiting.waiting_mails(limit=10, at=clock() + timedelta(days=1)) == []


def test_a_server_that_is_back_gets_the_mail(
    user: User, clock: FakeClock, server: type[RefusingBackend], settings: Settings
) -> None:
    mail_id = requested(Purpose.VERIFY_EMAIL)
    assert send(mail_id, clock) is Outcome.FAILED
    assert AccountMail.objects.get().error == "ConnectionRefusedError"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    clock.advance(seconds=RETRY_DELAY.total_seconds())

    assert send(mail_id, clock) is Outcome.SENT

    assert AccountMail.objects.get().error == ""


REFUSED = {ADDRESS: (550, f"5.1.1 <{ADDRESS}> User unknown".encode())}
LATER = {ADDRESS: (451, f"4.7.1 <{ADDRESS}> Greylisted".encode())}


@pytest.mark.parametrize(
    ("error", "outcome", "told"),
    [
        (SMTPRecipientsRefused(REFUSED), Outcome.GIVEN_UP, "SMTPRecipientsRefused 550"),
        (SMTPRecipientsRefused(LATER), Outcome.FAILED, "SMTPRecipientsRefused 451"),
        (SMTPDataError(554, f"{ADDRESS} is spam"), Outcome.GIVEN_UP, "SMTPDataError 554"),
        (SMTPDataError(451, f"{ADDRESS}: later"), Outcome.FAILED, "SMTPDataError 451"),
        (SMTPServerDisconnected(f"bye, {ADDRESS}"), Outcome.FAILED, "SMTPServerDisconnected"),
        (TimeoutError(f"waiting for {ADDRESS}"), Outcome.FAILED, "TimeoutError"),
        (ValueError(f"Invalid address; {ADDRESS}"), Outcome.GIVEN_UP, "ValueError"),
    ],
)
@pytest.mark.usefixtures("user")
def test_what_cannot_heal_is_given_up_and_nothing_personal_is_told(
    server: type[RefusingBackend],
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    outcome: Outcome,
    told: str,
) -> None:
    server.error, clock = error, FakeClock(NOON)
    mail_id = requested(Purpose.RESET_PASSWORD)

    with caplog.at_level(logging.DEBUG):
        assert send(mail_id, clock) is outcome

    mail = AccountMail.objects.get()
    assert (mail.error, mail.given_up_at is None) == (told, outcome is Outcome.FAILED)
    assert told in caplog.text
    assert str(mail_id) in caplog.text
    assert ADDRESS not in caplog.text
    assert mail_id.hex not in caplog.text


def test_an_expired_mail_is_given_up(user: User, clock: FakeClock) -> None:
    mail_id = requested(Purpose.RESET_PASSWORD)
    clock.advance(hours=1)

    assert send(mail_id, clock) is Outcome.GIVEN_UP

    assert (AccountMail.objects.get().error, outgoing.outbox) == (EXPIRED, [])


def test_a_mail_that_kills_its_workers_is_given_up(user: User, clock: FakeClock) -> None:
    mail_id = requested(Purpose.VERIFY_EMAIL)
    for _ in range(MAX_ATTEMPTS):
        assert waiting.claim(mail_id, at=clock())
        clock.advance(seconds=waiting.LEASE.total_seconds())

    assert send(mail_id, clock) is Outcome.GIVEN_UP

    assert outgoing.outbox == []


def test_an_address_that_no_mail_can_carry_is_given_up(clock: FakeClock) -> None:
    unwritable = f"ada@{'ü' * 60}.com"
    make_user(email=unwritable)

    assert send(requested(Purpose.VERIFY_EMAIL, email=unwritable), clock) is Outcome.GIVEN_UP

    assert AccountMail.objects.get().error == "UnicodeError"
