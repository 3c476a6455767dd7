"""Bulk writes at once, and beside what takes the ground from under them; real transactions."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.favorites.models import Favorite, IdempotencyKey, Rating, Taste
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.api import client_of, refused
from tests.apps.bulk import errors, outcomes, rating, send
from tests.apps.locks import BLOCKED_WITHIN_S, in_thread, wait_until_blocked
from tests.factories import make_movie, make_rating, make_user

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"


def at_once(
    calls: Sequence[Callable[[], Any]], *, lock: Callable[[], object], then: Callable[[], object]
) -> list[Any]:
    """What the calls answer that all wait when `then` is done and what `lock` took is given up."""
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        with transaction.atomic():
            lock()
            answers = [in_thread(pool, call) for call in calls]
            wait_until_blocked(len(calls))
            then()
        return [answer.result(timeout=BLOCKED_WITHIN_S) for answer in answers]


def nothing() -> None:
    pass


def taste_of(viewer: User) -> Callable[[], object]:
    Taste.objects.get_or_create(user=viewer)
    return lambda: Taste.objects.select_for_update().get(user=viewer)


def sending(viewer: User, *events: Any, key: str = "", on_error: str = "skip") -> Callable[[], Any]:
    client = client_of(viewer)
    body = {"events": list(events), "on_error": on_error}
    return lambda: send(client, body, **({KEY: key} if key else {}))


@pytest.mark.parametrize("is_known", [False, True], ids=["first request", "later request"])
def test_of_requests_at_once_with_one_key_one_is_written(
    viewer: User, movie: Movie, *, is_known: bool
) -> None:
    if is_known:
        make_rating(user=viewer, movie=movie, score=1)

    responses = at_once(
        [sending(viewer, rating(movie, 9), key="k") for _ in range(6)],
        lock=taste_of(viewer),
        then=nothing,
    )

    assert [response.status_code for response in responses] == [200] * 6
    assert len({response.content for response in responses}) == 1
    assert sorted(response.get(REPLAYED, "") for response in responses) == [""] + ["true"] * 5
    assert outcomes(responses[0].json()) == ["changed" if is_known else "created"]
    assert Taste.objects.get().revision == 1
    assert (Rating.objects.get().score, IdempotencyKey.objects.count()) == (9, 1)


def test_viewings_told_at_once_with_one_key_are_one(viewer: User, movie: Movie) -> None:
    def post() -> Any:
        return client_of(viewer).post(
            "/api/v1/watch-history/", {"movie_id": movie.pk}, headers={KEY: "k"}
        )

    responses = at_once([post] * 4, lock=taste_of(viewer), then=nothing)

    assert [response.status_code for response in responses] == [201] * 4
    assert len({response.content for response in responses}) == 1
    assert viewer.watch_entries.count() == 1


def test_a_replay_waits_for_no_other_write(viewer: User, movie: Movie) -> None:
    call, other = sending(viewer, rating(movie, 9), key="k"), sending(viewer, rating(movie, 3))
    first = call()
    answers: list[Any] = []

    (_,) = at_once([other], lock=taste_of(viewer), then=lambda: answers.append(call()))

    (replay,) = answers
    assert (replay.content, replay[REPLAYED]) == (first.content, "true")
    assert Rating.objects.get().score == 3


def test_of_different_requests_at_once_with_one_key_one_is_refused(
    viewer: User, movie: Movie
) -> None:
    responses = at_once(
        [sending(viewer, rating(movie, score), key="k") for score in (3, 4)],
        lock=taste_of(viewer),
        then=nothing,
    )

    taken, other = sorted(responses, key=lambda response: response.status_code)
    refused(other, 409, "idempotency_key_reused")
    assert taken.status_code == 200
    assert Taste.objects.get().revision == 1
    assert Rating.objects.get().pk == taken.json()["results"][0]["id"]


def test_a_request_that_is_refused_leaves_its_key_to_the_one_that_waits(
    viewer: User, movie: Movie
) -> None:
    responses = at_once(
        [sending(viewer, rating(movie), key="k", on_error="refuse_all") for _ in range(3)],
        lock=taste_of(viewer),
        then=movie.delete,
    )

    for response in responses:
        refused(response, 400, "bulk_refused")
    assert not IdempotencyKey.objects.exists()
    assert Taste.objects.get().revision == 0


def test_requests_of_one_viewer_come_one_after_the_other(viewer: User) -> None:
    films = [make_movie() for _ in range(20)]

    responses = at_once(
        [
            sending(viewer, *(rating(film, 3) for film in films)),
            sending(viewer, *(rating(film, 4) for film in reversed(films))),
        ],
        lock=taste_of(viewer),
        then=nothing,
    )

    bodies = sorted((response.json() for response in responses), key=lambda b: b["taste_revision"])
    assert [body["taste_revision"] for body in bodies] == [1, 2]
    assert [set(outcomes(body)) for body in bodies] == [{"created"}, {"changed"}]
    assert len(set(Rating.objects.values_list("score", flat=True))) == 1
    assert Rating.objects.count() == 20


def test_viewers_at_once_do_not_wait_for_each_other_in_a_circle() -> None:
    """Each holds films that the other is about to take, in the order in which they were told."""
    films = [make_movie() for _ in range(20)]
    viewers = [make_user() for _ in range(4)]

    def last_film() -> object:
        return Movie.objects.select_for_update().get(pk=films[-1].pk)

    responses = at_once(
        [
            sending(viewer, *(rating(film) for film in films[:: 1 if number % 2 else -1]))
            for number, viewer in enumerate(viewers)
        ],
        lock=last_film,
        then=nothing,
    )

    assert [set(outcomes(response.json())) for response in responses] == [{"created"}] * 4
    assert Rating.objects.count() == 80


def test_a_bulk_waits_for_a_single_write_of_its_viewer(viewer: User, movie: Movie) -> None:
    client = client_of(viewer)

    bulk, single = at_once(
        [
            sending(viewer, rating(movie, 3)),
            lambda: client.post("/api/v1/ratings/", {"movie_id": movie.pk, "score": 4}),
        ],
        lock=taste_of(viewer),
        then=nothing,
    )

    revisions = [bulk.json()["taste_revision"], single.json()["taste_revision"]]
    assert sorted(revisions) == [1, 2]
    last = 3 if revisions == [2, 1] else 4
    assert Rating.objects.get().score == last


@pytest.mark.parametrize("lock", ["taste", "film"])
def test_a_film_that_goes_during_the_write_is_left_out(
    viewer: User, movie: Movie, lock: str
) -> None:
    other = make_movie()
    events = (rating(other), rating(movie), {"kind": "favorite", "movie_id": movie.pk})

    (response,) = at_once(
        [sending(viewer, *events)],
        lock=taste_of(viewer) if lock == "taste" else movie.delete,
        then=movie.delete if lock == "taste" else nothing,
    )

    assert outcomes(response.json()) == ["created", "refused", "refused"]
    assert errors(response.json())[1:] == [("movie_not_found", "movie_id")] * 2
    assert Rating.objects.get().movie == other
    assert not Favorite.objects.exists()


def test_a_film_that_goes_during_the_write_refuses_the_request(viewer: User, movie: Movie) -> None:
    (response,) = at_once(
        [sending(viewer, rating(make_movie()), rating(movie), on_error="refuse_all")],
        lock=taste_of(viewer),
        then=movie.delete,
    )

    assert list(refused(response, 400, "bulk_refused")["details"]) == ["1"]
    assert (Rating.objects.count(), Taste.objects.get().revision) == (0, 0)


def test_a_film_that_was_found_stays_until_the_write_ends(viewer: User, movie: Movie) -> None:
    """Another film holds the write up after it found the one that is to go."""
    held = make_movie()
    call = sending(viewer, rating(movie), rating(held))
    with ThreadPoolExecutor(max_workers=2) as pool:
        with transaction.atomic():
            Movie.objects.select_for_update().get(pk=held.pk)
            bulk = in_thread(pool, call)
            wait_until_blocked()
            deletion = in_thread(pool, lambda: _delete_row(movie))
            wait_until_blocked(2)
        response = bulk.result(timeout=BLOCKED_WITHIN_S)
        went = deletion.result(timeout=BLOCKED_WITHIN_S)

    assert outcomes(response.json()) == ["created", "created"]
    assert not went
    assert Rating.objects.count() == 2


def _delete_row(movie: Movie) -> bool:
    """Whether the database let the film's row go, whatever Django would collect beforehand."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM movies_movie WHERE id = %s", [movie.pk])
    except IntegrityError:
        return False
    return True


def test_an_account_that_goes_during_the_write_has_no_valid_token(
    viewer: User, movie: Movie
) -> None:
    (response,) = at_once(
        [sending(viewer, rating(movie), key="k")],
        lock=taste_of(viewer),
        then=lambda: User.objects.get(pk=viewer.pk).delete(),
    )

    refused(response, 401, "token_not_valid")
    assert (Rating.objects.count(), IdempotencyKey.objects.count()) == (0, 0)
