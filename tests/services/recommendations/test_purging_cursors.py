"""No list goes before its cursors have run their time, and the purge is in nobody's way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.recommendations.models import RecommendationList
from services.recommendations import purging
from tests.apps.api import client_of
from tests.apps.locks import in_thread
from tests.factories import make_generation, make_list, make_movie, make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_viewers_with_many_lists_are_not_cut_in_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is anything left between one position and the next."""
    monkeypatch.setattr(purging, "BATCH", 2)
    monkeypatch.setattr(purging, "SLICE", 3)
    generation, other = make_generation(active=True), make_generation()
    newest = set()
    for user in (make_user() for _ in range(4)):
        for of in (generation, other):
            rows = [
                make_list(user=user, generation=of, movies=[], created_at=NOW - timedelta(days=3))
                for _ in range(5)
            ]
            newest.add(rows[-1].pk)

    after: int | None = 0
    while after is not None:
        before = RecommendationList.objects.count()
        after = purging.purge_replaced(at=NOW, after=after)
        assert before - RecommendationList.objects.count() <= 2

    assert set(RecommendationList.objects.values_list("pk", flat=True)) == newest


@pytest.mark.parametrize(("hours", "status"), [(1, 200), (23, 200), (24, 410)])
def test_a_list_of_three_days_ago_stays_for_a_day_after_it_was_replaced(
    hours: int, status: int
) -> None:
    viewer, movies = make_user(), [make_movie(vote_count=9 - n) for n in range(4)]
    generation = make_generation(active=True)
    now = timezone.now()
    old = make_list(
        user=viewer, generation=generation, movies=movies, created_at=now - timedelta(days=3)
    )
    client = client_of(viewer)
    link = client.get("/api/v1/recommendations/?limit=2").json()["next"]
    make_list(
        user=viewer,
        generation=generation,
        movies=movies[::-1],
        created_at=now - timedelta(hours=hours),
    )

    purging.purge(at=now)

    response = client.get(link)
    assert response.status_code == status
    if status == 200:
        assert response.json()["list_id"] == old.pk
        shown = [result["movie"]["id"] for result in response.json()["results"]]
        assert shown == [movie.pk for movie in movies[2:]]


@pytest.mark.django_db(transaction=True)
def test_a_purge_waits_for_no_row_and_holds_up_no_reader() -> None:
    viewer, movies = make_user(), [make_movie() for _ in range(3)]
    generation = make_generation(active=True)
    now = timezone.now()
    rows = [
        make_list(
            user=viewer, generation=generation, movies=movies, created_at=now - timedelta(days=3)
        )
        for _ in range(3)
    ]
    client = client_of(viewer)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            # As whoever asks for an explanation does.
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT FROM recommendations_recommendationlist WHERE id = %s FOR KEY SHARE",
                    [rows[0].pk],
                )
            in_thread(pool, lambda: purging.purge_replaced(at=now, after=0)).result(timeout=30)
        assert remaining() == {rows[0].pk, rows[2].pk}
        with transaction.atomic():
            purging.purge_replaced(at=now, after=0)
            url = "/api/v1/recommendations/?limit=2"
            page = in_thread(pool, lambda: client.get(url)).result(timeout=30)
            assert page.status_code == 200
    assert remaining() == {rows[2].pk}


def remaining() -> set[int]:
    return set(RecommendationList.objects.values_list("pk", flat=True))
