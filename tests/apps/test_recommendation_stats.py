"""What a viewer's recommendations amount to; tests/services tests those of all viewers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.favorites.models import Favorite, Rating, Taste, WatchEntry, WatchlistEntry
from apps.movies.models import Movie
from apps.recommendations.models import RecommendationList, RecommendationStats
from apps.users.models import User
from tests.apps.admin_pages import staff
from tests.apps.api import client_of, refused
from tests.factories import (
    make_favorite,
    make_generation,
    make_impression,
    make_list,
    make_movie,
    make_rating,
    make_user,
    make_watch_entry,
    make_watchlist_entry,
)

pytestmark = pytest.mark.django_db

STATS = "/api/v1/recommendations/stats/"
NOTHING = {
    "impressions": 0,
    "clicks": 0,
    "click_rate": None,
    "films": 0,
    "clicked": 0,
    "saved": 0,
    "liked": 0,
    "watched": 0,
    "hits": 0,
    "hit_rate": None,
}
Source = RecommendationList.Source


@pytest.fixture
def films() -> list[Movie]:
    return [make_movie() for _ in range(8)]


def shown(client: APIClient) -> dict[str, Any]:
    told: dict[str, Any] = client.get(STATS).json()["shown"]
    return told


def test_the_list_is_summed_up(viewer: User, viewer_client: APIClient, films: list[Movie]) -> None:
    Taste.objects.create(user=viewer, revision=3)
    generation = make_generation(active=True)
    make_list(user=viewer, generation=generation, movies=films[:1])
    built_at = timezone.now() - timedelta(hours=2)
    own = make_list(
        user=viewer,
        generation=generation,
        movies=films[:3],
        sources=[Source.PERSONAL, Source.PERSONAL, Source.EXPLORED],
        revision=2,
        created_at=built_at,
    )
    make_list(user=make_user(), generation=generation, movies=films)

    body = viewer_client.get(STATS).json()

    age = body["list"].pop("age_seconds")
    assert 7200 <= age < 7260
    assert body.pop("since") < built_at.isoformat()
    assert body == {
        "scope": "own",
        "list": {
            "list_id": own.pk,
            "generated_at": built_at.isoformat().replace("+00:00", "Z"),
            "revision": 2,
            "is_stale": True,
            "films": 3,
            "sources": {"personal": 2, "similar": 0, "trending": 0, "popular": 0, "explored": 1},
        },
        "lists_kept": 2,
        "current_revision": 3,
        "shown": NOTHING,
    }


def test_a_viewer_without_a_list_has_statistics_all_the_same(viewer_client: APIClient) -> None:
    body = viewer_client.get(f"{STATS}?scope=own").json()

    assert (body["list"], body["lists_kept"], body["shown"]) == (None, 0, NOTHING)


def test_what_was_done_after_a_film_was_shown_counts(
    viewer: User, viewer_client: APIClient, films: list[Movie]
) -> None:
    now = timezone.now()
    for number, film in enumerate(films):
        clicked = {"clicked_at": now} if number == 1 else {}
        make_impression(user=viewer, movie=film, shown_at=now - timedelta(hours=1), **clicked)
    make_favorite(user=viewer, movie=films[2])
    make_watchlist_entry(user=viewer, movie=films[3])
    make_rating(user=viewer, movie=films[4], score=7)
    make_rating(user=viewer, movie=films[5], score=6)
    make_watch_entry(user=viewer, movie=films[6])
    make_watch_entry(user=viewer, movie=films[7], progress=79)

    assert shown(viewer_client) == {
        "impressions": 8,
        "clicks": 1,
        "click_rate": 0.125,
        "films": 8,
        "clicked": 1,
        "saved": 2,
        "liked": 1,
        "watched": 1,
        "hits": 5,
        "hit_rate": 0.625,
    }


def test_what_was_done_before_does_not_count(
    viewer: User, viewer_client: APIClient, films: list[Movie]
) -> None:
    past = datetime(2026, 1, 1, tzinfo=UTC)
    make_favorite(user=viewer, movie=films[0])
    make_watchlist_entry(user=viewer, movie=films[1])
    make_rating(user=viewer, movie=films[2], score=9)
    make_rating(user=viewer, movie=films[3], score=9, rated_at=past)
    make_watch_entry(user=viewer, movie=films[4])
    make_watch_entry(user=viewer, movie=films[5], watched_at=past)
    for model in (Favorite, WatchlistEntry, Rating, WatchEntry):
        # What has a moment of its own is told after the film was shown, of before.
        told = model._default_manager.all()  # noqa: SLF001  # whichever it is
        told.exclude(movie__in=[films[3], films[5]]).update(created_at=past)
    for film in films[:6]:
        make_impression(user=viewer, movie=film)

    told = shown(viewer_client)

    assert (told["films"], told["hits"], told["hit_rate"]) == (6, 0, 0.0)


def test_a_film_counts_once_from_the_first_time_and_for_30_days(
    viewer: User, viewer_client: APIClient, films: list[Movie]
) -> None:
    now = timezone.now()
    for list_id, hours in ((1, 5), (2, 1)):
        make_impression(
            user=viewer,
            movie=films[0],
            list_id=list_id,
            shown_at=now - timedelta(hours=hours),
            clicked_at=now,
        )
    make_impression(user=viewer, movie=films[1], shown_at=now - timedelta(days=30, minutes=1))
    make_impression(user=make_user(), movie=films[2], shown_at=now, clicked_at=now)
    make_rating(user=viewer, movie=films[0], score=9, rated_at=now - timedelta(hours=2))

    told = shown(viewer_client)

    assert (told["impressions"], told["clicks"], told["click_rate"]) == (2, 2, 1.0)
    assert (told["films"], told["clicked"], told["liked"], told["hits"]) == (1, 1, 1, 1)


def test_operators_see_what_a_worker_computed_last() -> None:
    client = client_of(staff("recommendations.view_recommendationlist"))
    before = client.get(f"{STATS}?scope=global")
    computed_at = timezone.now() - timedelta(minutes=10)
    RecommendationStats.objects.create(computed_at=computed_at, seconds=1, body={"viewers": 3})

    body = client.get(f"{STATS}?scope=global").json()

    assert before.status_code == 200
    assert before.json() == {
        "scope": "global",
        "computed_at": None,
        "age_seconds": None,
        "stats": None,
    }
    assert 600 <= body.pop("age_seconds") < 660
    assert body == {
        "scope": "global",
        "computed_at": computed_at.isoformat().replace("+00:00", "Z"),
        "stats": {"viewers": 3},
    }


def test_others_see_only_their_own(viewer_client: APIClient) -> None:
    without_permission = client_of(staff("recommendations.view_generation"))

    for client in (viewer_client, without_permission):
        refused(client.get(f"{STATS}?scope=global"), 403, "permission_denied")


@pytest.mark.parametrize(
    ("query", "code"), [("scope=all", "invalid"), ("user=1", "unknown_parameter")]
)
def test_an_unknown_scope_or_parameter_is_refused(
    viewer_client: APIClient, query: str, code: str
) -> None:
    refused(viewer_client.get(f"{STATS}?{query}"), 400, code)
