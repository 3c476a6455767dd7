"""A list that has seen a certain write, or at once the news that there is none yet."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from apps.core.heartbeats import of_queue, record
from apps.core.models import Heartbeat
from apps.favorites.models import NotInterested, Taste
from apps.movies.models import Movie
from apps.recommendations import waiting
from apps.recommendations.models import Generation, RecommendationList
from apps.users.models import User
from tests.apps.api import refused
from tests.apps.query_counts import captured_queries
from tests.factories import make_generation, make_list, make_movie, make_user

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/"


@pytest.fixture
def movies(db: None) -> list[Movie]:
    return [make_movie(vote_count=100 - number) for number in range(4)]


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def generation(db: None) -> Generation:
    """The one that is read; a realtime worker works."""
    record(name=of_queue("realtime"))
    return make_generation(active=True)


def make_listed(
    user: User, generation: Generation, *, at: datetime, took: float = 0, revision: int = 1
) -> RecommendationList:
    """A list that a refresh made at that moment, for a write as many seconds before it."""
    Taste.objects.create(
        user=user,
        revision=revision,
        listed_revision=revision,
        changed_at=at - timedelta(seconds=took),
        listed_at=at,
    )
    films = list(Movie.objects.order_by("pk"))
    return make_list(
        user=user,
        generation=generation,
        movies=films,
        revision=revision,
        created_at=at,
        written_at=at - timedelta(seconds=took),
    )


def write_now(user: User, at: datetime) -> None:
    Taste.objects.filter(user=user).update(revision=2, changed_at=at)


def answered(response: Response, reason: str, estimated_ms: int | None) -> dict[str, Any]:
    """The body of a 202, after a look at the reason and the estimate."""
    assert response.status_code == 202, response.content
    body: dict[str, Any] = response.json()
    assert (body["reason"], body["estimated_ms"]) == (reason, estimated_ms)
    if estimated_ms is None:
        expected = "5" if reason in {"waiting", "delayed", "no_worker"} else None
        assert response.get("Retry-After") == expected
    return body


def test_a_list_that_has_seen_the_write_is_shown(
    viewer: User,
    viewer_client: APIClient,
    movies: list[Movie],
    generation: Generation,
    now: datetime,
) -> None:
    make_listed(viewer, generation, at=now, revision=5)

    without = viewer_client.get(URL).json()

    for revision in (1, 4, 5):
        response = viewer_client.get(f"{URL}?min_revision={revision}")
        assert (response.status_code, response.json()) == (200, without)
    assert len(without["results"]) == len(movies)


@pytest.mark.usefixtures("movies")
def test_until_then_the_answer_says_when_to_ask_again(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    for tenth in (1, 2, 3, 5, 9):
        moment = now - timedelta(hours=1, seconds=10 * tenth)
        make_listed(make_user(), generation, at=moment, took=tenth / 10)
    # Longer ago than a second, so the next one can be built at once.
    make_listed(viewer, generation, at=now - timedelta(minutes=1), took=0.4)
    # Of a clock that is ahead, so that nothing of the time has passed already.
    write_now(viewer, now + timedelta(minutes=1))

    response = viewer_client.get(f"{URL}?min_revision=2")

    # Of 0.1, 0.2, 0.3, 0.4, 0.5 and 0.9 seconds three quarters were no longer.
    assert answered(response, "waiting", 475) == {
        "min_revision": 2,
        "revision": 1,
        "current_revision": 2,
        "estimated_ms": 475,
        "reason": "waiting",
    }
    assert response["Retry-After"] == "1"


@pytest.mark.usefixtures("movies")
def test_the_rest_of_the_second_between_two_lists_is_told(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    make_listed(make_user(), generation, at=now - timedelta(hours=1), took=0.3)
    make_listed(viewer, generation, at=now + timedelta(minutes=1), took=0.3)
    write_now(viewer, now + timedelta(minutes=1))

    response = viewer_client.get(f"{URL}?min_revision=2")

    # A clock that is a minute behind must not promise a minute.
    answered(response, "waiting", 1000)
    assert response["Retry-After"] == "1"


@pytest.mark.usefixtures("movies")
def test_those_who_wait_ahead_lengthen_it(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    for number in range(10):
        moment = now - timedelta(hours=1) + timedelta(seconds=0.2 * number)
        make_listed(make_user(), generation, at=moment, took=0.5)
    Taste.objects.create(user=viewer, revision=2, changed_at=now)
    for seconds in (-2, -1, -3, -4, -5, 5):
        moment = now + timedelta(seconds=seconds)
        Taste.objects.create(user=make_user(), revision=1, changed_at=moment)
    Taste.objects.create(
        user=make_user(), revision=1, is_realtime=False, changed_at=now - timedelta(hours=1)
    )

    # Five were earlier, and a list followed the other after 0.2 seconds.
    answered(viewer_client.get(f"{URL}?min_revision=2"), "waiting", 1000)


@pytest.mark.usefixtures("movies")
def test_an_outage_is_forgotten_after_ten_lists(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    for number in range(25):
        moment = now - timedelta(hours=1) + timedelta(minutes=number)
        took = 3 * 60 * 60 if number < 15 else 0.05
        make_listed(make_user(), generation, at=moment, took=took)
    Taste.objects.create(user=viewer, revision=2, changed_at=now + timedelta(minutes=1))

    answered(viewer_client.get(f"{URL}?min_revision=2"), "waiting", 50)


@pytest.mark.usefixtures("movies")
def test_who_waits_for_longer_than_others_did_is_told_no_number(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    make_listed(make_user(), generation, at=now - timedelta(hours=1), took=0.3)
    Taste.objects.create(user=viewer, revision=2, changed_at=now - timedelta(hours=2))

    answered(viewer_client.get(f"{URL}?min_revision=2"), "delayed", None)


@pytest.mark.usefixtures("movies")
def test_of_a_queue_longer_than_is_counted_nothing_is_estimated(
    viewer: User,
    viewer_client: APIClient,
    generation: Generation,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "COUNTED_VIEWERS", 3)
    make_listed(make_user(), generation, at=now - timedelta(hours=1), took=0.3)
    for _ in range(3):
        Taste.objects.create(user=make_user(), revision=1, changed_at=now)
    Taste.objects.create(user=viewer, revision=2, changed_at=now)

    answered(viewer_client.get(f"{URL}?min_revision=2"), "waiting", None)


@pytest.mark.usefixtures("movies")
def test_a_worker_that_built_a_list_lately_is_alive(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    Heartbeat.objects.all().delete()
    make_listed(make_user(), generation, at=now, took=0.3)
    Taste.objects.create(user=viewer, revision=2, changed_at=now + timedelta(minutes=1))

    answered(viewer_client.get(f"{URL}?min_revision=2"), "waiting", 300)


@pytest.mark.usefixtures("movies")
def test_without_any_list_of_late_nothing_is_estimated(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    make_list(user=make_user(), generation=generation, movies=list(Movie.objects.all()))
    elsewhere = make_generation()
    make_listed(make_user(), elsewhere, at=now - timedelta(hours=1), took=9)
    Taste.objects.create(user=viewer, revision=2, changed_at=now)

    answered(viewer_client.get(f"{URL}?min_revision=2"), "waiting", None)


@pytest.mark.parametrize("age", [None, timedelta(hours=1)])
def test_without_a_worker_nothing_is_promised(
    viewer: User,
    viewer_client: APIClient,
    generation: Generation,
    now: datetime,
    age: timedelta | None,
) -> None:
    make_listed(make_user(), generation, at=now - timedelta(hours=1), took=0.3)
    Taste.objects.create(user=viewer, revision=2, changed_at=now)
    beats = Heartbeat.objects.filter(name=of_queue("realtime"))
    if age is None:
        beats.delete()
    else:
        beats.update(seen_at=now - age)
    record(name=of_queue("batch"))

    answered(viewer_client.get(f"{URL}?min_revision=2"), "no_worker", None)


def test_who_only_imported_waits_for_all_lists(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    make_listed(make_user(), generation, at=now - timedelta(hours=1), took=0.3)
    Taste.objects.create(user=viewer, revision=2, changed_at=now, is_realtime=False)

    answered(viewer_client.get(f"{URL}?min_revision=2"), "next_generation", None)


def test_before_the_first_publication_nothing_is_promised(
    viewer: User, viewer_client: APIClient, movies: list[Movie], now: datetime
) -> None:
    record(name=of_queue("realtime"))
    Taste.objects.create(user=viewer, revision=2, changed_at=now)

    body = answered(viewer_client.get(f"{URL}?min_revision=1"), "nothing_published", None)

    assert (body["revision"], body["current_revision"]) == (0, 2)
    assert len(viewer_client.get(URL).json()["results"]) == len(movies)


def test_a_revision_of_no_write_is_unknown(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    body = answered(viewer_client.get(f"{URL}?min_revision=1"), "unknown_revision", None)
    assert body["current_revision"] == 0

    make_listed(viewer, generation, at=now, revision=5)
    body = answered(viewer_client.get(f"{URL}?min_revision=999999999"), "unknown_revision", None)

    assert (body["min_revision"], body["revision"]) == (999_999_999, 5)


@pytest.mark.usefixtures("movies")
def test_next_leads_on_without_it_and_a_cursor_is_checked_against_its_list(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    make_listed(viewer, generation, at=now - timedelta(hours=1))
    first = viewer_client.get(f"{URL}?limit=2&min_revision=1").json()
    write_now(viewer, now)

    assert parse_qs(urlsplit(first["next"]).query).keys() == {"limit", "cursor"}
    assert len(viewer_client.get(first["next"]).json()["results"]) == 2
    assert viewer_client.get(f"{first['next']}&min_revision=1").status_code == 200
    answered(viewer_client.get(f"{first['next']}&min_revision=2"), "older_list", None)
    answered(viewer_client.get(f"{first['next']}&min_revision=3"), "unknown_revision", None)


def test_the_popular_films_in_the_place_of_a_list_have_seen_what_it_saw(
    viewer: User,
    viewer_client: APIClient,
    movies: list[Movie],
    generation: Generation,
    now: datetime,
) -> None:
    make_listed(viewer, generation, at=now, revision=3)
    for movie in movies:
        NotInterested.objects.create(user=viewer, movie=movie)
    other = make_movie()

    body = viewer_client.get(f"{URL}?min_revision=3").json()

    assert [result["movie"]["id"] for result in body["results"]] == [other.pk]
    assert (body["source"], body["revision"]) == ("popular", 3)


@pytest.mark.parametrize("value", ["-1", "x", "", "1.5", "1000000000", "9" * 4000])
def test_what_is_no_revision_is_refused(viewer_client: APIClient, value: str) -> None:
    error = refused(viewer_client.get(URL, {"min_revision": value}), 400, "invalid")

    message = "A whole number from 0 to 999999999."
    assert error["details"] == {"min_revision": [{"code": "invalid", "message": message}]}


def test_the_news_that_there_is_none_yet_costs_two_queries(
    viewer: User, viewer_client: APIClient, generation: Generation, now: datetime
) -> None:
    make_listed(viewer, generation, at=now)
    write_now(viewer, now)

    with captured_queries() as statements:
        assert viewer_client.get(f"{URL}?min_revision=2").status_code == 202

    # The session with the list, and the estimate.
    assert len(statements) == 2
