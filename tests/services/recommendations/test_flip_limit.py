"""A flip may take longer than what a web process allows its other statements."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations import publishing
from apps.recommendations.models import ActiveGeneration, Generation
from apps.users.models import User
from services.recommendations import locks
from tests.apps.admin_pages import action_url, client_of, messages_of
from tests.apps.locks import wait_until_blocked
from tests.factories import make_user

from .conftest import Background, FakeClock, build_generation, make_ready_model

WEB_LIMIT_MS = 300


@pytest.fixture
def earlier(films: list[Movie], viewer: User, clock: FakeClock) -> Generation:
    """The first of two generations, of which the second is active."""
    first = build_generation(make_ready_model(films), clock)
    clock.advance(hours=1)
    build_generation(make_ready_model(films, step=2), clock)
    return first


@pytest.mark.django_db(transaction=True)
def test_a_flip_has_a_limit_of_its_own_and_later_statements_the_old_one(
    earlier: Generation, viewer: User, clock: FakeClock, background: Background
) -> None:
    Taste.objects.filter(pk=viewer.pk).update(listed_revision=0)
    held = threading.Event()

    def hold_a_taste() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            list(Taste.objects.select_for_update().filter(pk=viewer.pk))
            held.set()
            cursor.execute("SELECT pg_sleep(%s)", [WEB_LIMIT_MS / 1000 * 3])

    holder = background(hold_a_taste)
    assert held.wait(10)
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {WEB_LIMIT_MS}")
        try:
            assert publishing.roll_back(at=clock()).generation == earlier
            cursor.execute("SHOW statement_timeout")
            limit = cursor.fetchone()
        finally:
            cursor.execute("RESET statement_timeout")
    holder.result(timeout=10)

    assert ActiveGeneration.objects.get().generation == earlier
    assert limit == (f"{WEB_LIMIT_MS}ms",)


@pytest.mark.django_db(transaction=True)
def test_the_wait_for_refreshes_has_the_flips_limit(
    earlier: Generation, clock: FakeClock, background: Background
) -> None:
    def roll_back_from_the_web() -> object:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {WEB_LIMIT_MS}")
        return publishing.roll_back(at=clock()).generation

    with transaction.atomic(), connection.cursor() as cursor:
        locks.share_active_generation()
        rolling_back = background(roll_back_from_the_web)
        wait_until_blocked()
        cursor.execute("SELECT pg_sleep(%s)", [WEB_LIMIT_MS / 1000 * 3])
    assert rolling_back.result(timeout=10) == earlier

    assert ActiveGeneration.objects.get().generation == earlier


@pytest.mark.django_db(transaction=True)
def test_an_operator_is_told_that_a_flip_took_too_long(
    earlier: Generation,
    clock: FakeClock,
    background: Background,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publishing, "FLIP_TIMEOUT", timedelta(milliseconds=WEB_LIMIT_MS))
    before = ActiveGeneration.objects.get().generation_id
    operator = client_of(make_user(is_staff=True, is_superuser=True))
    form = {"confirmed": "yes", "generation": earlier.pk, "active": before}

    with transaction.atomic():
        locks.share_active_generation()
        page = background(
            operator.post, path=action_url(Generation, "roll_back"), data=form, follow=True
        ).result(timeout=10)

    assert messages_of(page) == ["Nothing was done: it took longer than 0.3 seconds."]
    assert ActiveGeneration.objects.get().generation_id == before
