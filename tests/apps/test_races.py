"""Writes of which another one changes the ground, each order forced by a held lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import transaction

from apps.favorites.models import Favorite, Rating, Taste
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.factories import PASSWORD, make_favorite, make_movie, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def while_taste_is_locked(viewer: User, call: Callable[[], Any], then: Callable[[], object]) -> Any:
    """What `call` answers if `then` is committed after its look-ups and before its writes."""
    Taste.objects.get_or_create(user=viewer)
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            Taste.objects.select_for_update().get(user=viewer)
            answer = in_thread(pool, call)
            wait_until_blocked()
            then()
        return answer.result(timeout=BLOCKED_WITHIN_S)


@pytest.mark.parametrize("path", ["ratings", "favorites"])
def test_a_film_that_goes_during_a_write_is_not_found(
    viewer: User, movie: Movie, path: str
) -> None:
    body = {"movie_id": movie.pk} | ({"score": 7} if path == "ratings" else {})
    client = client_of(viewer)

    response = while_taste_is_locked(
        viewer, lambda: client.post(f"/api/v1/{path}/", body), then=movie.delete
    )

    refused(response, 404, "movie_not_found")
    assert (Rating.objects.count(), Favorite.objects.count()) == (0, 0)
    assert Taste.objects.get().revision == 0


def test_an_account_that_goes_during_a_write_has_no_valid_token(viewer: User, movie: Movie) -> None:
    client = client_of(viewer)

    response = while_taste_is_locked(
        viewer,
        lambda: client.post("/api/v1/ratings/", {"movie_id": movie.pk, "score": 7}),
        then=lambda: User.objects.get(pk=viewer.pk).delete(),
    )

    refused(response, 401, "token_not_valid")
    assert (Rating.objects.count(), Taste.objects.count()) == (0, 0)


def test_a_rating_that_goes_before_its_change_is_not_found(viewer: User, movie: Movie) -> None:
    client = client_of(viewer)
    rating_id = client.post("/api/v1/ratings/", {"movie_id": movie.pk, "score": 7}).json()["id"]

    response = while_taste_is_locked(
        viewer,
        lambda: client.put(f"/api/v1/ratings/{rating_id}/", {"score": 1}),
        then=lambda: Rating.objects.all().delete(),
    )

    refused(response, 404, "not_found")
    assert Rating.objects.count() == 0
    assert Taste.objects.get().revision == 1


def test_parallel_favourites_of_one_film_are_one_row(viewer: User, movie: Movie) -> None:
    Taste.objects.create(user=viewer)
    with ThreadPoolExecutor(max_workers=8) as pool:
        with transaction.atomic():
            Taste.objects.select_for_update().get(user=viewer)
            answers = [
                in_thread(
                    pool,
                    lambda: client_of(viewer).post("/api/v1/favorites/", {"movie_id": movie.pk}),
                )
                for _ in range(8)
            ]
            wait_until_blocked(8)
        responses = [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]

    assert sorted(response.status_code for response in responses) == [200] * 7 + [201]
    assert sorted(r.json()["taste_revision"] for r in responses) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert Favorite.objects.count() == 1


def test_of_parallel_registrations_of_one_address_one_wins(client: Any) -> None:
    body = {"email": "ada@example.com", "password": PASSWORD}
    with ThreadPoolExecutor(max_workers=4) as pool:
        with transaction.atomic():
            User.objects.create_user("ada@example.com", PASSWORD)
            answers = [
                in_thread(pool, lambda: type(client)().post("/api/v1/auth/register/", body))
                for _ in range(4)
            ]
            wait_until_blocked(4)
            transaction.set_rollback(True)
        responses = [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]

    assert sorted(response.status_code for response in responses) == [201, 400, 400, 400]
    for response in responses:
        if response.status_code == 400:
            refused(response, 400, "email_taken")
    assert User.objects.count() == 1


def test_a_favourite_removed_twice_at_once_is_removed_once(viewer: User) -> None:
    favorite = make_favorite(user=viewer, movie=make_movie())
    url = f"/api/v1/favorites/{favorite.pk}/"
    stranger = make_user()
    Taste.objects.create(user=viewer)
    with ThreadPoolExecutor(max_workers=2) as pool:
        with transaction.atomic():
            Taste.objects.select_for_update().get(user=viewer)
            answers = [in_thread(pool, lambda: client_of(viewer).delete(url)) for _ in range(2)]
            wait_until_blocked(2)
        responses = [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]

    assert sorted(response.status_code for response in responses) == [200, 404]
    assert Taste.objects.get().revision == 1
    refused(client_of(stranger).delete(url), 404, "not_found")


def test_an_account_goes_although_a_rating_is_committed_during_its_deletion(
    viewer: User, movie: Movie
) -> None:
    """Django has looked for the account's rows when the rating comes; the database takes it."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=viewer.pk)
            deletion = in_thread(pool, lambda: User.objects.get(pk=viewer.pk).delete())
            wait_until_blocked()
            rated = client_of(viewer).post("/api/v1/ratings/", {"movie_id": movie.pk, "score": 7})
        deletion.result(timeout=BLOCKED_WITHIN_S)

    assert rated.status_code == 201
    assert (User.objects.count(), Rating.objects.count(), Taste.objects.count()) == (0, 0, 0)
