"""Events and feedback at the same time, each order forced by a held lock."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from apps.favorites.models import Rating, Taste, WatchEntry
from apps.movies.models import Movie
from apps.recommendations import actions
from apps.recommendations.models import Impression
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.factories import make_impression, make_movie

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = "/api/v1/recommendations/events/"
FEEDBACK = "/api/v1/recommendations/feedback/"


@pytest.mark.parametrize(("feedback", "model"), [("like", Rating), ("already_seen", WatchEntry)])
def test_of_two_that_say_the_same_at_once_the_second_finds_the_first(
    viewer: User, movie: Movie, feedback: str, model: type[Any]
) -> None:
    Taste.objects.create(user=viewer)
    clients = [client_of(viewer) for _ in range(2)]
    body = {"movie_id": movie.pk, "feedback": feedback}
    with ThreadPoolExecutor(max_workers=2) as pool:
        with transaction.atomic():
            Taste.objects.select_for_update().get(user=viewer)
            answers = [
                in_thread(pool, lambda client=client: client.post(FEEDBACK, body))
                for client in clients
            ]
            wait_until_blocked(2)
        told = [answer.result(timeout=BLOCKED_WITHIN_S).json() for answer in answers]

    assert sorted(each["outcome"] for each in told) == ["created", "unchanged"]
    assert [each["taste_revision"] for each in told] == [1, 1]
    assert model.objects.count() == 1


def test_events_in_the_opposite_order_do_not_wait_for_each_other(viewer: User) -> None:
    films = [make_movie() for _ in range(40)]

    def record(movies: list[Movie]) -> None:
        now = timezone.now()
        told = [
            actions.ShownFilm(movie_id=film.pk, list_id=None, surface="list", at=now)
            for film in movies
        ]
        actions.record_events(user=viewer, events=told, at=now)

    for _ in range(5):
        Impression.objects.all().delete()
        with ThreadPoolExecutor(max_workers=2) as pool:
            both = [
                in_thread(pool, lambda part=part: record(part)) for part in (films, films[::-1])
            ]
            for each in both:
                each.result(timeout=BLOCKED_WITHIN_S)
        assert Impression.objects.count() == len(films)


def test_an_account_that_goes_while_events_are_told_has_no_valid_token(
    viewer: User, movie: Movie
) -> None:
    client = client_of(viewer)
    told = {"type": "impression", "movie_id": movie.pk, "surface": "list"}
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            # The same impression, not committed yet, is waited for.
            make_impression(user=viewer, movie=movie)
            answer = in_thread(pool, lambda: client.post(EVENTS, {"events": [told]}))
            wait_until_blocked()
            User.objects.get(pk=viewer.pk).delete()
        response = answer.result(timeout=BLOCKED_WITHIN_S)

    refused(response, 401, "token_not_valid")
    assert not Impression.objects.exists()
