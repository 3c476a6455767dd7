"""What viewers say of recommended films, and what it is in their library."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.favorites.models import NotInterested, Rating, Taste, WatchEntry
from apps.favorites.signals import not_interested_added, rating_saved, watch_saved
from apps.movies.models import Movie
from apps.recommendations.models import Impression, RecommendationList
from apps.users.models import User
from tests.apps.api import client_of, everything_written, listening, refused
from tests.factories import (
    make_generation,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_user,
    make_watch_entry,
)

pytestmark = pytest.mark.django_db

FEEDBACK = "/api/v1/recommendations/feedback/"
ALL = ("like", "dislike", "not_interested", "already_seen")


@pytest.fixture
def own(viewer: User, movie: Movie) -> RecommendationList:
    return make_list(user=viewer, generation=make_generation(active=True), movies=[movie])


def say(client: APIClient, movie: Movie, /, feedback: str, **fields: Any) -> Any:
    return client.post(FEEDBACK, {"movie_id": movie.pk, "feedback": feedback} | fields)


@pytest.mark.parametrize(
    ("feedback", "kind", "score"),
    [
        ("like", "rating", 8),
        ("dislike", "rating", 2),
        ("not_interested", "not_interested", None),
        ("already_seen", "viewing", None),
    ],
)
def test_it_is_written_at_once_and_once(
    *,
    viewer_client: APIClient,
    movie: Movie,
    feedback: str,
    kind: str,
    score: int | None,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with (
        listening(rating_saved, not_interested_added, watch_saved) as announced,
        django_capture_on_commit_callbacks(execute=True),
    ):
        first, again = (say(viewer_client, movie, feedback) for _ in range(2))

    model = {"rating": Rating, "not_interested": NotInterested, "viewing": WatchEntry}[kind]
    row = model._default_manager.get()  # noqa: SLF001  # whichever it is
    said = {
        "movie_id": movie.pk,
        "feedback": feedback,
        "outcome": "created",
        "kind": kind,
        "id": row.pk,
        "score": score,
        "is_attributed": False,
        "taste_revision": 1,
    }
    assert (first.status_code, first.json()) == (201, said)
    assert (again.status_code, again.json()) == (200, said | {"outcome": "unchanged"})
    assert [payload["revision"] for _, payload in announced] == [1]


@pytest.mark.parametrize(
    ("score", "feedback", "becomes"),
    [
        (7, "like", 7),
        (10, "like", 10),
        (6, "like", 8),
        (4, "dislike", 4),
        (1, "dislike", 1),
        (5, "dislike", 2),
        (9, "dislike", 2),
    ],
)
def test_a_rating_that_says_the_same_stays(
    *, viewer: User, viewer_client: APIClient, movie: Movie, score: int, feedback: str, becomes: int
) -> None:
    rating = make_rating(user=viewer, movie=movie, score=score)

    answer = say(viewer_client, movie, feedback)

    rating.refresh_from_db()
    outcome = "unchanged" if score == becomes else "changed"
    assert rating.score == becomes
    assert answer.status_code == 200
    assert (answer.json()["outcome"], answer.json()["score"]) == (outcome, becomes)
    assert Taste.objects.get().revision == (outcome == "changed")


def test_a_viewing_that_was_broken_off_is_not_having_seen_the_film(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    make_watch_entry(user=viewer, movie=movie, progress=10)

    assert say(viewer_client, movie, "already_seen").json()["outcome"] == "created"
    assert say(viewer_client, movie, "already_seen").json()["outcome"] == "unchanged"
    assert WatchEntry.objects.count() == 2


def test_a_film_may_be_named_as_tmdb_does(viewer_client: APIClient, movie: Movie) -> None:
    response = viewer_client.post(FEEDBACK, {"tmdb_id": movie.tmdb_id, "feedback": "like"})

    assert (response.status_code, response.json()["movie_id"]) == (201, movie.pk)


@pytest.mark.parametrize("feedback", ALL)
def test_the_list_is_known_to_have_shown_the_film(
    viewer_client: APIClient, movie: Movie, own: RecommendationList, feedback: str
) -> None:
    answers = [
        say(viewer_client, movie, feedback, list_id=own.pk, surface="home") for _ in range(2)
    ]

    assert [answer.json()["is_attributed"] for answer in answers] == [True, True]
    kept = Impression.objects.get()
    assert (kept.list_id, kept.movie_id, kept.surface) == (own.pk, movie.pk, "home")
    assert (kept.position, kept.clicked_at) == (0, None)


def test_a_list_of_others_or_without_the_film_is_told_nothing_of(
    viewer_client: APIClient, movie: Movie, own: RecommendationList
) -> None:
    others = make_list(user=make_user(), generation=own.generation, movies=[movie])

    for film, list_id in ((movie, others.pk), (make_movie(), own.pk)):
        answer = say(viewer_client, film, "like", list_id=list_id)
        assert (answer.status_code, answer.json()["is_attributed"]) == (201, False)

    assert Rating.objects.count() == 2
    assert not Impression.objects.exists()


def test_of_a_private_viewer_only_what_is_said_on_purpose_is_kept(
    movie: Movie, own: RecommendationList
) -> None:
    User.objects.filter(pk=own.user_id).update(is_private=True)
    client = client_of(User.objects.get(pk=own.user_id))

    seen = say(client, movie, "already_seen", list_id=own.pk)
    liked = say(client, movie, "like", list_id=own.pk)

    body = seen.json()
    assert (seen.status_code, body["outcome"], body["id"]) == (200, "not_recorded", None)
    assert (body["is_attributed"], body["taste_revision"]) == (False, 0)
    assert (liked.status_code, liked.json()["is_attributed"]) == (201, False)
    assert not WatchEntry.objects.exists()
    assert not Impression.objects.exists()


def test_what_was_hidden_before_is_found(
    viewer: User, viewer_client: APIClient, movie: Movie
) -> None:
    row = make_not_interested(user=viewer, movie=movie)

    answer = say(viewer_client, movie, "not_interested").json()

    assert (answer["outcome"], answer["id"]) == ("unchanged", row.pk)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"feedback": "love"}, 400, "invalid"),
        ({"movie_id": 0}, 404, "movie_not_found"),
        ({"tmdb_id": 1}, 400, "invalid"),
        ({"list_id": 0}, 400, "invalid"),
        ({"surface": "mail"}, 400, "invalid"),
        ({"score": 8}, 400, "unknown_field"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(
    viewer_client: APIClient, movie: Movie, fields: dict[str, Any], status: int, code: str
) -> None:
    before = everything_written()

    refused(say(viewer_client, movie, **({"feedback": "like"} | fields)), status, code)

    assert everything_written() == before
