"""What a plan tells, and that it does nothing; what a schedule starts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from pytest_django import Settings

from apps.movies.models import ChangesWatermark, SyncRun
from services.catalog import planning, starting
from services.catalog.planning import Plan
from tests.factories import make_movie

from .conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def films(settings: Settings) -> None:
    """Three of TMDb's, of which one is old and one is older still."""
    settings.TMDB_LIST_PAGES = 3
    settings.TMDB_REQUESTS_PER_SECOND = 20.0
    for days in (1, 151, 181):
        make_movie(from_tmdb=True, synced_at=NOON - timedelta(days=days))
    make_movie(from_tmdb=True)
    make_movie()


@pytest.fixture
def unchanged_rows(films: None) -> Iterator[None]:
    before = row_counts()
    yield
    assert row_counts() == before


def row_counts() -> dict[str, int]:
    models = apps.get_app_config("movies").get_models()
    return {model.__name__: model.objects.count() for model in models}


MILLION = planning.TITLES_IN_EXPORT


@pytest.mark.parametrize(
    ("kind", "scope", "plan"),
    [
        ("genres", {}, Plan(calls=2, rows=20, is_estimate=True)),
        ("trending", {}, Plan(calls=126, rows=120, is_estimate=True)),
        ("lists", {}, Plan(calls=252, rows=240, is_estimate=True)),
        ("movies", {"tmdb_ids": [5, 6, 5]}, Plan(calls=2, rows=2)),
        ("movies", {}, Plan(calls=0, rows=0)),
        ("changes", {}, Plan(calls=2 * 152, rows=0, is_estimate=True)),
        ("export", {}, Plan(calls=1 + MILLION - 3, rows=MILLION, is_estimate=True)),
        ("export", {"limit": 100}, Plan(calls=98, rows=100, is_estimate=True)),
        ("export", {"ids_only": True}, Plan(calls=1, rows=MILLION, is_estimate=True)),
        ("refresh", {}, Plan(calls=2, rows=2)),
        ("refresh", {"older_than_days": 160}, Plan(calls=1, rows=1)),
        ("blank", {}, Plan(calls=0, rows=1)),
    ],
)
def test_a_plan_tells_calls_and_rows_and_does_nothing(
    unchanged_rows: None, kind: str, scope: dict[str, Any], plan: Plan
) -> None:
    assert planning.plan(kind, scope, at=NOON) == plan


def test_every_kind_has_a_plan(films: None) -> None:
    plans = {kind: planning.plan(kind, {}, at=NOON) for kind in SyncRun.Kind.values}

    assert plans["trending"].minutes == 126 / 20 / 60
    assert plans.keys() == set(starting.KINDS)


def test_the_days_since_the_watermark_are_planned(films: None) -> None:
    ChangesWatermark.objects.create(day=NOON.date() - timedelta(days=3))

    assert planning.plan("changes", {}, at=NOON).calls == 5 * 152


def test_nothing_is_started_without_a_credential(settings: Settings) -> None:
    settings.TMDB_API_TOKEN = settings.TMDB_API_KEY = ""

    assert starting.start_scheduled(kind="trending", scope={}) is None
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("name", ["TMDB_API_TOKEN", "TMDB_API_KEY"])
def test_a_schedule_starts_a_nightly_run_and_joins_the_one_that_goes_on(
    settings: Settings, name: str
) -> None:
    settings.TMDB_API_TOKEN = settings.TMDB_API_KEY = ""
    setattr(settings, name, "secret")

    first = starting.start_scheduled(kind="trending", scope={})
    second = starting.start_scheduled(kind="trending", scope={})

    assert first == second == SyncRun.objects.get()
    assert SyncRun.objects.get().priority == SyncRun.Priority.NIGHTLY


def test_a_shell_starts_an_admins_run() -> None:
    request = starting.start(kind="export", scope={"limit": 5})

    assert (request.joined, request.run.scope) == (False, {"limit": 5})
    assert request.run.priority == SyncRun.Priority.ADMIN
