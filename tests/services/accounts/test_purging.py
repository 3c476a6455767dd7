from datetime import UTC, datetime, timedelta

import pytest

from apps.core.errors import APIError
from apps.favorites.models import IdempotencyKey
from apps.users.actions.sessions import REUSE_GRACE, SPENT_KEPT, rotate
from apps.users.models import AccountMail, Session, SpentRefreshToken, User
from apps.users.tokens import token_pair
from services.accounts import purging
from services.accounts.purging import IDEMPOTENCY_KEY_RETENTION, MAIL_RETENTION, purge
from tests.apps.api import session_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def user() -> User:
    return make_user()


def make_session(user: User, *, expires_at: datetime) -> Session:
    return Session.objects.create(
        user=user, created_at=NOON - DAY, last_seen_at=NOON - DAY, expires_at=expires_at
    )


def make_mail(*, requested_at: datetime, **fields: object) -> AccountMail:
    return AccountMail.objects.create(
        purpose="verify_email",
        email="ada@example.com",
        requested_at=requested_at,
        expires_at=requested_at + DAY,
        **fields,
    )


def make_key(user: User, key: str, *, created_at: datetime) -> IdempotencyKey:
    return IdempotencyKey.objects.create(
        user=user, key=key, request_digest="", status=200, answer="{}", created_at=created_at
    )


def test_sessions_go_when_they_have_expired_and_their_tokens_with_them(user: User) -> None:
    expired = make_session(user, expires_at=NOON)
    live = make_session(user, expires_at=NOON + SECOND)
    SpentRefreshToken.objects.create(pk=expired.refresh_jti, session=expired, spent_at=NOON)

    assert purge(at=NOON) is False

    assert list(Session.objects.all()) == [live]
    assert not SpentRefreshToken.objects.exists()


def test_spent_tokens_stay_as_long_as_a_loser_of_the_race_may_come(user: User) -> None:
    session = make_session(user, expires_at=NOON + DAY)
    for seconds in (10, 59, 60, 61):
        SpentRefreshToken.objects.create(
            pk=f"00000000-0000-4000-8000-0000000000{seconds:02}",
            session=session,
            spent_at=NOON - seconds * SECOND,
        )

    purge(at=NOON)

    left = SpentRefreshToken.objects.order_by("-spent_at").values_list("spent_at", flat=True)
    assert list(left) == [NOON - 10 * SECOND, NOON - 59 * SECOND]


def test_a_loser_who_waited_while_spent_tokens_were_purged_ends_nothing(user: User) -> None:
    session = session_of(user)
    at, late = session.created_at, session.created_at + REUSE_GRACE - SECOND
    refresh = token_pair(session).refresh
    rotate(refresh=refresh, at=at)

    purge(at=late + 3 * SECOND)

    with pytest.raises(APIError, match="token_reused"):
        rotate(refresh=refresh, at=late)
    assert Session.objects.filter(pk=session.pk).exists()
    purge(at=at + SPENT_KEPT)
    assert not SpentRefreshToken.objects.exists()


def test_mails_go_after_a_week_sent_or_not(user: User) -> None:
    old = NOON - MAIL_RETENTION
    make_mail(requested_at=old, user=user, sent_at=old, used_at=old)
    make_mail(requested_at=old - DAY, given_up_at=old)
    make_mail(requested_at=old - DAY)
    young = make_mail(requested_at=old + SECOND, user=user, sent_at=old)

    purge(at=NOON)

    assert list(AccountMail.objects.all()) == [young]


def test_answers_to_named_requests_go_after_a_day(user: User) -> None:
    old = NOON - IDEMPOTENCY_KEY_RETENTION
    make_key(user, "expired", created_at=old)
    make_key(user, "older", created_at=old - DAY)
    young = make_key(user, "young", created_at=old + SECOND)

    assert purge(at=NOON) is False

    assert list(IdempotencyKey.objects.all()) == [young]


def test_no_token_lives_longer_than_its_row(settings: object) -> None:
    lifetimes = (settings.EMAIL_VERIFICATION_LIFETIME, settings.PASSWORD_RESET_LIFETIME)  # type: ignore[attr-defined]  # pytest-django's proxy

    assert max(lifetimes) < MAIL_RETENTION


def test_much_is_removed_in_bounded_batches(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "BATCH", 2)
    for number in range(5):
        make_session(user, expires_at=NOON - number * SECOND)
        make_key(user, str(number), created_at=NOON - DAY)
    make_mail(requested_at=NOON - MAIL_RETENTION)

    left = []
    while purge(at=NOON):
        left.append((Session.objects.count(), IdempotencyKey.objects.count()))

    assert left == [(3, 3), (1, 1)]
    assert not IdempotencyKey.objects.exists()
    assert not Session.objects.exists()
    assert not AccountMail.objects.exists()
