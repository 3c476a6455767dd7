"""The session that a token names, read in a statement of its own, is the one that models read."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.users.live_sessions import live_session
from apps.users.models import Session, User
from apps.users.tokens import AccessClaims
from tests.apps.api import session_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def claims_of(session: Session, *, user: User | None = None) -> AccessClaims:
    return AccessClaims(session.pk, (user or session.user).pk, 0.0)


def values_of(row: Session | User) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}  # noqa: SLF001  # Django documents it


def test_session_and_account_are_those_of_the_models() -> None:
    account = make_user(display_name="Ada", language="fr")
    session = session_of(account)
    Session.objects.filter(pk=session.pk).update(device="a phone", ip_address="2001:db8::1")
    expected = Session.objects.select_related("user").get()

    found = live_session(claims_of(session), at=timezone.now())

    assert found == expected
    assert values_of(found) == values_of(expected)
    assert values_of(found.user) == values_of(expected.user)
    assert not found.get_deferred_fields()
    assert not found.user.get_deferred_fields()


def test_a_session_that_ended_or_of_another_or_disused_account_is_none() -> None:
    session = session_of(make_user())
    ended = session.expires_at
    claims = claims_of(session)

    assert live_session(claims, at=ended - timedelta(seconds=1))
    assert live_session(claims, at=ended) is None
    assert live_session(claims_of(session, user=make_user()), at=timezone.now()) is None
    session.user.is_active = False
    session.user.save()
    assert live_session(claims, at=timezone.now()) is None
