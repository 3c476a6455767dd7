from datetime import timedelta
from typing import Any

import pytest

from apps.favorites.models import Taste
from apps.recommendations.models import Impression, RecommendationList, RecommendationStats
from apps.recommendations.stats_serializers import GlobalStatsOutput, global_data
from services.recommendations import purging, statistics
from tests.factories import (
    make_favorite,
    make_generation,
    make_impression,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

from .conftest import FakeClock

pytestmark = pytest.mark.django_db

Source = RecommendationList.Source


def computed(clock: FakeClock) -> dict[str, Any]:
    body: dict[str, Any] = statistics.compute_stats(clock=clock).body
    return body


def test_an_empty_platform_has_statistics(clock: FakeClock) -> None:
    body = computed(clock)

    assert body["generation"] is None
    assert (body["viewers"], body["waiting"]) == (0, {"realtime": 0, "next_generation": 0})
    assert body["shown"]["by_source"] == []
    assert body["shown"]["all"]["hit_rate"] is None


def test_the_lists_that_are_read_are_summed_up(clock: FakeClock) -> None:
    films = [make_movie() for _ in range(25)]
    generation, older = make_generation(active=True), make_generation()
    mixed = [Source.PERSONAL, Source.SIMILAR, Source.EXPLORED]
    mixed += [Source.POPULAR] * 17 + [Source.TRENDING] * 5
    viewers = [make_user() for _ in range(3)]
    lists = [
        (viewers[0], generation, [Source.POPULAR] * 25, 9),
        (viewers[0], generation, mixed, 1),
        (viewers[1], generation, [Source.TRENDING] * 25, 3),
        (viewers[2], older, mixed, 5),
    ]
    for user, of, sources, hours in lists:
        make_list(
            user=user,
            generation=of,
            movies=films,
            sources=sources,
            created_at=clock() - timedelta(hours=hours),
        )

    body = computed(clock)

    assert body["viewers"] == 3
    found = body["generation"]
    assert (found["id"], found["model_version_id"]) == (generation.pk, generation.model_version_id)
    assert (found["viewers_with_list"], found["viewers_without_personal"]) == (2, 1)
    assert found["median_age_seconds"] == pytest.approx(2 * 3600)
    assert found["p95_age_seconds"] == pytest.approx(2.9 * 3600)
    assert found["sources"] == {
        "personal": 1,
        "similar": 1,
        "trending": 20,
        "popular": 17,
        "explored": 1,
    }
    assert found["fallback_share"] == pytest.approx(37 / 40)


def test_who_waits_is_counted(clock: FakeClock) -> None:
    for revision, is_realtime in ((2, True), (3, True), (2, False), (1, True)):
        Taste.objects.create(
            user=make_user(), revision=revision, listed_revision=1, is_realtime=is_realtime
        )

    assert computed(clock)["waiting"] == {"realtime": 2, "next_generation": 1}


def test_what_came_of_films_is_told_by_source(clock: FakeClock) -> None:
    ada, grace = make_user(), make_user()
    film, other = make_movie(), make_movie()
    at = clock() - timedelta(days=1)
    for list_id, source in ((1, Source.EXPLORED), (2, Source.PERSONAL)):
        make_impression(
            user=ada,
            movie=film,
            list_id=list_id,
            source=source,
            shown_at=at + timedelta(minutes=list_id),
        )
    make_impression(user=grace, movie=film, source=Source.PERSONAL, shown_at=at, clicked_at=at)
    make_impression(user=grace, movie=other, source=None, surface="home", shown_at=at)
    make_impression(user=ada, movie=other, shown_at=at - timedelta(days=30))
    make_rating(user=ada, movie=film, score=9)
    make_favorite(user=ada, movie=other)

    shown = computed(clock)["shown"]

    told = {
        each["source"]: (each["impressions"], each["clicks"], each["films"], each["hits"])
        for each in shown["by_source"]
    }
    assert told == {"personal": (2, 1, 1, 1), "explored": (1, 0, 1, 1), None: (1, 0, 1, 0)}
    assert shown["all"] == {
        "impressions": 4,
        "clicks": 1,
        "click_rate": 0.25,
        "films": 3,
        "clicked": 1,
        "saved": 0,
        "liked": 1,
        "watched": 0,
        "hits": 2,
        "hit_rate": pytest.approx(2 / 3),
    }


def test_they_are_replaced_and_are_as_the_document_says(clock: FakeClock) -> None:
    make_generation(active=True)
    computed(clock)
    clock.advance(hours=1)

    stats = statistics.compute_stats(clock=clock)

    assert RecommendationStats.objects.get().computed_at == stats.computed_at == clock()
    data = global_data(stats, at=clock())
    assert GlobalStatsOutput(data).data.keys() == data.keys()
    assert GlobalStatsOutput(data).data["stats"].keys() == data["stats"].keys()


def test_impressions_go_after_their_time_in_batches(
    clock: FakeClock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMPRESSION_RETENTION_DAYS = 2
    monkeypatch.setattr(purging, "BATCH", 2)
    viewer, film = make_user(), make_movie()
    for hours in (47, 48, 49, 50):
        make_impression(
            user=viewer, movie=film, list_id=hours, shown_at=clock() - timedelta(hours=hours)
        )

    assert purging.purge(at=clock())
    assert Impression.objects.count() == 2
    assert purging.purge(at=clock())
    assert not purging.purge(at=clock())
    assert Impression.objects.get().list_id == 47
