"""Each search and filter that a large table offers is served by an index.

With sequential scans switched off the planner still uses one where nothing else answers: a plan
without one proves an index. The statement looked at is the page's own bounded count, which has the
page's conditions but no order that an index could serve instead.
"""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client

from apps.core.model_admins import LargeTableAdmin
from apps.favorites.models import (
    Favorite,
    NotInterested,
    Rating,
    SavedSearch,
    Taste,
    WatchEntry,
    WatchlistEntry,
)
from apps.movies.models import (
    Collection,
    Company,
    Keyword,
    ListEntry,
    Movie,
    Person,
    Provider,
    SourceTitle,
)
from apps.recommendations.models import Impression, ModelChunk, RecommendationList
from apps.users.models import AccountMail, Session, User
from tests.apps.admin_pages import admin_of, url
from tests.apps.query_counts import captured_queries
from tests.factories import make_genre

pytestmark = pytest.mark.django_db

OF_VIEWER = [{"q": "viewer1@example.com"}, {"q": "7"}, {"user": "7"}]
ASKED: dict[type[Any], list[dict[str, str]]] = {
    User: [
        {"q": "view"},
        {"q": "7"},
        {"role": "staff"},
        {"role": "superuser"},
        {"role": "inactive"},
        {"origin__exact": "imported"},
    ],
    Movie: [
        {"q": "The Mat"},
        {"q": "603"},
        {"q": "tt0078748"},
        {"year": "1999"},
        {"genre": "drama"},
        {"collection": "7"},
    ],
    SourceTitle: [{"q": "603"}, {"movie": "7"}],
    Person: [{"q": "Ridley Scott"}, {"q": "7"}],
    Keyword: [{"q": "7"}],
    Company: [{"q": "7"}],
    Collection: [{"q": "7"}],
    Provider: [{"q": "7"}],
    ListEntry: [{"list__exact": "popular"}, {"movie": "7"}],
    Rating: [*OF_VIEWER, {"movie": "7"}],
    Favorite: [*OF_VIEWER, {"movie": "7"}],
    WatchEntry: [*OF_VIEWER, {"movie": "7"}],
    WatchlistEntry: [*OF_VIEWER, {"movie": "7"}],
    NotInterested: [*OF_VIEWER, {"movie": "7"}, {"person": "7"}, {"genre": "7"}],
    SavedSearch: OF_VIEWER,
    Taste: [*OF_VIEWER, {"state": "waiting"}],
    RecommendationList: [*OF_VIEWER, {"generation": "7"}],
    Impression: OF_VIEWER,
    ModelChunk: [{"model_version": "7"}],
    Session: OF_VIEWER,
    AccountMail: [{"q": "viewer1@example.com"}, {"q": "7"}, {"user": "7"}],
    LogEntry: [{"user": "7"}, {"content_type__id__exact": "CONTENT_TYPE"}],
}
CASES = [(model, asked) for model, each in ASKED.items() for asked in each]


@pytest.fixture
def operator(operator: Client) -> Client:
    make_genre("Drama")
    return operator


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(("model", "asked"), CASES)
def test_an_index_answers(operator: Client, model: type[Any], asked: dict[str, str]) -> None:
    content_type = str(ContentType.objects.get_for_model(Movie).pk)
    asked = {name: value.replace("CONTENT_TYPE", content_type) for name, value in asked.items()}

    with captured_queries() as statements:
        page = operator.get(url(model, "changelist"), asked)

    (count,) = [sql for sql in statements if sql.startswith("SELECT COUNT(")]
    assert page.status_code == 200
    assert " WHERE " in count
    assert "Seq Scan" not in plan_of(count), plan_of(count)


def test_the_films_are_searched_by_the_index_made_for_it(operator: Client) -> None:
    with captured_queries() as statements:
        operator.get(url(Movie, "changelist"), {"q": "the mat"})

    (count,) = [sql for sql in statements if sql.startswith("SELECT COUNT(")]
    assert "movie_title_upper_idx" in plan_of(count)


def test_a_condition_without_an_index_would_be_noticed() -> None:
    assert "Seq Scan" in plan_of(str(Rating.objects.filter(score=8).values("pk").query))


@pytest.mark.parametrize("model", ASKED)
def test_all_that_is_offered_is_looked_at(model: type[Any]) -> None:
    page = admin_of(model)
    assert isinstance(page, LargeTableAdmin)
    asked = {name.split("__")[0] for each in ASKED[model] for name in each} - {"q"}

    assert asked == page.filter_names()
    assert any("q" in each for each in ASKED[model]) == bool(page.search_fields)
