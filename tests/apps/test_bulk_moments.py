"""Which of several events about the same thing counts: by their order, and by their moments."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.favorites.models import Rating, Taste, WatchEntry
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of
from tests.apps.bulk import ids, outcomes, rating, told, watch
from tests.factories import make_rating, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_rating_without_a_moment_is_of_now(viewer_client: APIClient, movie: Movie) -> None:
    began = timezone.now()

    told(viewer_client, rating(movie, 9))

    rated_at = Rating.objects.get().rated_at
    assert rated_at is not None
    assert began <= rated_at <= timezone.now()


def test_a_rating_without_a_moment_changes_a_score_that_differs(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    stored = make_rating(user=viewer, movie=movie, score=8, rated_at=NOON)

    same = told(viewer_client, rating(movie, 8))
    kept = Rating.objects.get()
    other = told(viewer_client, rating(movie, 7))

    assert (outcomes(same), outcomes(other)) == (["unchanged"], ["changed"])
    assert (kept.score, kept.rated_at) == (8, NOON)
    changed = Rating.objects.get()
    assert (changed.pk, changed.score, changed.created_at) == (stored.pk, 7, stored.created_at)
    assert changed.updated_at == changed.rated_at > stored.updated_at


@pytest.mark.parametrize(
    ("stored_at", "rated_at", "score", "outcome"),
    [
        (NOON, NOON + HOUR, 3, "changed"),
        (NOON, NOON + HOUR, 8, "changed"),
        (NOON, NOON, 3, "changed"),
        (NOON, NOON, 8, "unchanged"),
        (NOON, NOON - HOUR, 3, "unchanged"),
        (None, NOON - HOUR, 3, "changed"),
        (None, NOON - HOUR, 8, "changed"),
    ],
)
def test_the_newer_of_two_ratings_wins(
    viewer: User,
    viewer_client: APIClient,
    movie: Movie,
    *,
    stored_at: datetime | None,
    rated_at: datetime,
    score: int,
    outcome: str,
) -> None:
    stored = make_rating(user=viewer, movie=movie, score=8, rated_at=stored_at)

    body = told(viewer_client, rating(movie, score, rated_at=rated_at.isoformat()))

    now = Rating.objects.get()
    expected = (score, rated_at) if outcome == "changed" else (8, stored_at)
    assert (outcomes(body), ids(body)) == ([outcome], [stored.pk])
    assert (now.score, now.rated_at) == expected


def test_of_several_events_about_the_same_the_last_counts(
    viewer_client: APIClient, movie: Movie
) -> None:
    moment = "2026-11-22T12:00:00Z"

    body = told(
        viewer_client,
        rating(movie, 1),
        rating(movie, 2),
        {"kind": "rating", "tmdb_id": movie.tmdb_id, "score": 3},
        watch(movie, watched_at=moment, progress=10),
        watch(movie, watched_at="2026-11-22T13:00:00+01:00", progress=20),
        watch(movie, progress=30),
        watch(movie, progress=40),
        {"kind": "favorite", "movie_id": movie.pk},
        {"kind": "favorite", "tmdb_id": movie.tmdb_id},
    )

    unchanged, created = "unchanged", "created"
    assert outcomes(body) == [
        *(unchanged, unchanged, created),
        *(unchanged, created),
        *(unchanged, created),
        *(unchanged, created),
    ]
    score, dated, undated, favorite = (ids(body)[place] for place in (2, 4, 6, 8))
    assert ids(body) == [score] * 3 + [dated] * 2 + [undated] * 2 + [favorite] * 2
    assert Rating.objects.get().score == 3
    assert list(WatchEntry.objects.order_by("pk").values_list("progress", flat=True)) == [20, 40]


@pytest.mark.parametrize(
    ("moments", "scores", "wins"),
    [
        ((NOON, NOON - HOUR), (1, 2), 0),
        ((NOON - HOUR, NOON), (1, 2), 1),
        ((NOON, NOON), (1, 2), 1),
        ((None, NOON), (1, 2), 0),
        ((NOON, None), (1, 2), 1),
        ((None, None), (1, 2), 1),
    ],
)
def test_of_several_ratings_of_a_film_the_same_counts_as_one_after_the_other(
    movie: Movie,
    moments: tuple[datetime | None, ...],
    scores: tuple[int, ...],
    wins: int,
) -> None:
    events = [
        rating(movie, score, **({"rated_at": moment.isoformat()} if moment else {}))
        for score, moment in zip(scores, moments, strict=True)
    ]
    together, apart = make_user(), make_user()

    body = told(client_of(together), *events)
    for event in events:
        told(client_of(apart), event)

    assert outcomes(body) == ["created" if place == wins else "unchanged" for place in (0, 1)]
    assert Rating.objects.get(user=together).score == scores[wins]
    assert Rating.objects.get(user=apart).score == scores[wins]


def test_a_viewing_told_again_takes_the_progress_that_is_told(
    viewer_client: APIClient, movie: Movie
) -> None:
    moment = "2026-11-22T12:00:00Z"
    first = told(viewer_client, watch(movie, watched_at=moment, progress=0))

    again = told(viewer_client, watch(movie, watched_at=moment, progress=90))

    assert (outcomes(again), ids(again)) == (["changed"], ids(first))
    assert WatchEntry.objects.get().progress == 90


def test_a_viewing_without_a_moment_is_recorded_once(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    entries = [WatchEntry.objects.create(user=viewer, movie=movie, progress=5) for _ in range(2)]

    body = told(viewer_client, watch(movie, progress=100), watch(movie, watched_at=None))

    assert (outcomes(body), ids(body)) == (["unchanged", "changed"], [entries[0].pk] * 2)
    kept = WatchEntry.objects.order_by("pk").values_list("progress", flat=True)
    assert list(kept) == [100, 5]


def test_a_viewing_without_a_moment_goes_on_where_more_is_told(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    event = {"kind": "watch", "movie_id": movie.pk}

    became = [
        viewer_client.post(
            "/api/v1/library/bulk/", {"events": [event | {"progress": progress}]}
        ).json()["results"][0]["outcome"]
        for progress in (30, 100, 100, 40)
    ]

    assert became == ["created", "changed", "unchanged", "unchanged"]
    assert [entry.progress for entry in WatchEntry.objects.for_user(viewer)] == [100]
    assert Taste.objects.get(user=viewer).revision == 2


def test_what_is_said_now_outlives_a_device_whose_clock_is_ahead(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    ahead = (timezone.now() + timedelta(minutes=4)).isoformat()
    told = {"kind": "rating", "movie_id": movie.pk, "score": 9, "rated_at": ahead}
    body = {"events": [told]}
    viewer_client.post("/api/v1/library/bulk/", body)
    viewer_client.post("/api/v1/ratings/", {"movie_id": movie.pk, "score": 2})

    again = viewer_client.post("/api/v1/library/bulk/", body).json()

    assert again["results"][0]["outcome"] == "unchanged"
    assert Rating.objects.get(user=viewer).score == 2


def test_what_is_told_without_a_moment_outlives_a_device_whose_clock_is_ahead(
    viewer_client: APIClient, movie: Movie
) -> None:
    ahead = timezone.now() + timedelta(minutes=4)
    early = rating(movie, 9, rated_at=ahead.isoformat())
    told(viewer_client, early)

    became = [outcomes(told(viewer_client, event)) for event in (rating(movie, 2), early)]

    assert became == [["changed"], ["unchanged"]]
    kept = Rating.objects.get()
    assert (kept.score, kept.rated_at) == (2, ahead + timedelta(microseconds=1))
