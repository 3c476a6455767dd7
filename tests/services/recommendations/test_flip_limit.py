"""A flip may take longer than what a web process allows its other statements."""

import threading

import pytest
from django.db import connection, transaction

from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations import publishing
from apps.recommendations.models import ActiveGeneration
from apps.users.models import User

from .conftest import Background, FakeClock, build_generation, make_ready_model

WEB_LIMIT_MS = 300


@pytest.mark.django_db(transaction=True)
def test_a_flip_has_a_limit_of_its_own_and_later_statements_the_old_one(
    films: list[Movie], viewer: User, clock: FakeClock, background: Background
) -> None:
    first = build_generation(make_ready_model(films), clock)
    clock.advance(hours=1)
    build_generation(make_ready_model(films, step=2), clock)
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
            assert publishing.roll_back(at=clock()) == first
            cursor.execute("SHOW statement_timeout")
            limit = cursor.fetchone()
        finally:
            cursor.execute("RESET statement_timeout")
    holder.result(timeout=10)

    assert ActiveGeneration.objects.get().generation == first
    assert limit == (f"{WEB_LIMIT_MS}ms",)
