from datetime import timedelta
from typing import Any

import pytest

from apps.favorites import actions
from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations.models import Generation, RecommendationList
from apps.recommendations.waiting import MIN_INTERVAL
from apps.users.models import User
from services.recommendations.refreshing import Outcome, refresh_user
from tests.factories import make_user

from .conftest import (
    NOON,
    Background,
    FakeClock,
    at_call,
    build_generation,
    make_ready_model,
    wait_until_blocked,
)

# What Django deletes before the account itself.
DELETE_OF_USER = (
    "DELETE FROM favorites_rating WHERE user_id = %s",
    "DELETE FROM favorites_taste WHERE user_id = %s",
)

pytestmark = pytest.mark.django_db


def lists_of(user: User) -> list[RecommendationList]:
    return list(RecommendationList.objects.filter(user=user).order_by("pk"))


def test_a_list_holds_what_the_viewer_has_not_seen_best_first(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    outcome = refresh_user(user_id=viewer.pk, clock=clock).outcome

    assert outcome is Outcome.BUILT
    (stored,) = lists_of(viewer)
    assert stored.generation == published
    assert stored.revision == 1
    assert stored.created_at == NOON
    assert stored.movie_ids[0] == films[1].pk
    assert set(stored.movie_ids) == {film.pk for film in films[1:]}
    assert stored.sources[0] == RecommendationList.Source.PERSONAL
    assert stored.sources[1] == RecommendationList.Source.POPULAR
    assert stored.because_movie_ids[:2] == [films[0].pk, 0]
    assert stored.because_shares[:2] == [1000, 0]
    taste = Taste.objects.get(pk=viewer.pk)
    assert (taste.listed_revision, taste.listed_at) == (1, NOON)


def test_a_second_message_builds_nothing(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    refresh_user(user_id=viewer.pk, clock=clock)
    clock.advance(seconds=5)

    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.CURRENT
    assert len(lists_of(viewer)) == 1


def test_the_first_list_that_has_seen_a_write_tells_when_it_was_written(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    refresh_user(user_id=viewer.pk, clock=clock)
    clock.advance(seconds=5)
    written_at = clock()
    actions.rate_movie(user=viewer, movie_id=films[2].pk, score=3, at=written_at)
    clock.advance(seconds=2)

    assert refresh_user(user_id=viewer.pk, clock=clock).written_at == written_at
    assert refresh_user(user_id=viewer.pk, clock=clock).written_at is None
    newest = RecommendationList.objects.for_user(viewer).newest()[:2]
    assert [row.written_at for row in newest] == [written_at, NOON]


def test_a_list_built_again_after_a_roll_back_is_not_the_first_to_have_seen_a_write(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    refresh_user(user_id=viewer.pk, clock=clock)
    clock.advance(seconds=3600)
    Taste.objects.filter(pk=viewer.pk).update(listed_revision=0)

    refreshed = refresh_user(user_id=viewer.pk, clock=clock)

    assert (refreshed.outcome, refreshed.written_at) == (Outcome.BUILT, None)


def test_nothing_is_built_for_a_viewer_who_is_gone(
    published: Generation, viewer: User, clock: FakeClock
) -> None:
    user_id = viewer.pk
    viewer.delete()

    assert refresh_user(user_id=user_id, clock=clock).outcome is Outcome.GONE
    assert not RecommendationList.objects.exists()


def test_without_a_generation_the_viewer_goes_on_waiting(viewer: User, clock: FakeClock) -> None:
    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.NO_GENERATION
    assert Taste.objects.waiting().filter(pk=viewer.pk).exists()


def test_of_a_burst_the_first_is_built_at_once_and_one_message_carries_the_rest(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    refresh_user(user_id=viewer.pk, clock=clock)
    clock.advance(seconds=0.4)
    for film in films[1:4]:
        actions.rate_movie(user=viewer, movie_id=film.pk, score=7, at=clock())

    messages = [refresh_user(user_id=viewer.pk, clock=clock) for _ in range(3)]

    assert [message.outcome for message in messages] == [Outcome.TOO_SOON] * 3
    assert [message.again_in for message in messages] == [timedelta(seconds=0.6), None, None]
    assert len(lists_of(viewer)) == 1

    clock.advance(seconds=0.6)
    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.BUILT
    assert [stored.revision for stored in lists_of(viewer)] == [1, 4]
    assert not Taste.objects.waiting().exists()


def test_a_nudge_that_was_lost_can_be_claimed_again(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    refresh_user(user_id=viewer.pk, clock=clock)
    actions.rate_movie(user=viewer, movie_id=films[1].pk, score=7, at=clock())
    assert refresh_user(user_id=viewer.pk, clock=clock).again_in == MIN_INTERVAL

    clock.advance(seconds=30)

    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.BUILT


def test_a_list_never_claims_a_revision_it_has_not_read(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    """The write comes after the scoring and before the list is stored."""

    def write() -> None:
        actions.rate_movie(user=viewer, movie_id=films[2].pk, score=7, at=NOON)

    refresh_user(user_id=viewer.pk, clock=at_call(2, clock, write))

    (stored,) = lists_of(viewer)
    assert stored.revision == 1
    assert films[2].pk in stored.movie_ids
    assert Taste.objects.waiting().filter(pk=viewer.pk).exists()


@pytest.mark.usefixtures("published")
def test_a_message_that_finds_the_list_being_built_is_sent_once_more(
    viewer: User,
    clock: FakeClock,
    background: Background,
    other_session: Any,
) -> None:
    with other_session.cursor() as cursor:
        cursor.execute("SELECT FROM recommendations_activegeneration FOR UPDATE")
    first = background(refresh_user, user_id=viewer.pk, clock=clock)
    wait_until_blocked(other_session)

    second = refresh_user(user_id=viewer.pk, clock=clock)
    third = refresh_user(user_id=viewer.pk, clock=clock)
    other_session.rollback()

    assert (second.outcome, second.again_in) == (Outcome.BUSY, MIN_INTERVAL)
    assert (third.outcome, third.again_in) == (Outcome.BUSY, None)
    assert first.result(10).outcome is Outcome.BUILT
    assert len(lists_of(viewer)) == 1


@pytest.mark.usefixtures("published")
def test_a_list_scored_before_a_flip_is_scored_anew(
    viewer: User,
    films: list[Movie],
    clock: FakeClock,
    background: Background,
    other_session: Any,
) -> None:
    newer = build_generation(make_ready_model(films, step=5), clock, publish=False)
    RecommendationList.objects.filter(generation=newer).delete()
    with other_session.cursor() as cursor:
        cursor.execute("UPDATE recommendations_activegeneration SET generation_id = %s", [newer.pk])
    refresh = background(refresh_user, user_id=viewer.pk, clock=clock)
    wait_until_blocked(other_session)
    other_session.commit()

    assert refresh.result(10).outcome is Outcome.BUILT
    (stored,) = lists_of(viewer)
    assert stored.generation == newer
    assert stored.movie_ids[0] == films[5].pk


@pytest.mark.usefixtures("published")
def test_no_second_list_is_stored_if_a_flip_brought_one_meanwhile(
    viewer: User,
    films: list[Movie],
    clock: FakeClock,
    background: Background,
    other_session: Any,
) -> None:
    """The flip comes after the viewer's revision was read and before the active generation is."""
    newer = build_generation(make_ready_model(films, step=5), clock, publish=False)
    with other_session.cursor() as cursor:
        cursor.execute("LOCK TABLE recommendations_activegeneration")
        refresh = background(refresh_user, user_id=viewer.pk, clock=clock)
        wait_until_blocked(other_session)
        cursor.execute("UPDATE recommendations_activegeneration SET generation_id = %s", [newer.pk])
        cursor.execute("UPDATE favorites_taste SET listed_revision = 1")
    other_session.commit()

    assert refresh.result(10).outcome is Outcome.CURRENT
    (stored,) = lists_of(viewer)
    assert stored.generation == newer


@pytest.mark.usefixtures("published")
def test_an_account_deleted_meanwhile_is_neither_broken_nor_served(
    viewer: User,
    clock: FakeClock,
    background: Background,
    other_session: Any,
) -> None:
    user_id = viewer.pk
    with other_session.cursor() as cursor:
        for statement in DELETE_OF_USER:
            cursor.execute(statement, [user_id])
        refresh = background(refresh_user, user_id=user_id, clock=clock)
        wait_until_blocked(other_session)
        cursor.execute("DELETE FROM users_user WHERE id = %s", [user_id])
    other_session.commit()

    assert refresh.result(10).outcome is Outcome.GONE
    assert not User.objects.filter(pk=user_id).exists()
    assert not RecommendationList.objects.exists()


@pytest.mark.usefixtures("published")
def test_a_list_committed_during_a_deletion_goes_with_the_account(
    viewer: User,
    clock: FakeClock,
    other_session: Any,
) -> None:
    user_id = viewer.pk
    with other_session.cursor() as cursor:
        cursor.execute(
            "DELETE FROM recommendations_recommendationlist WHERE user_id = %s", [user_id]
        )
        assert refresh_user(user_id=user_id, clock=clock).outcome is Outcome.BUILT
        for statement in DELETE_OF_USER:
            cursor.execute(statement, [user_id])
        cursor.execute("DELETE FROM users_user WHERE id = %s", [user_id])
    other_session.commit()

    assert not User.objects.filter(pk=user_id).exists()
    assert not RecommendationList.objects.exists()


def test_a_viewer_without_any_film_left_gets_popular_ones(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    actions.delete_rating(user=viewer, rating_id=viewer.ratings.get().pk, at=NOON)

    refresh_user(user_id=viewer.pk, clock=clock)

    (stored,) = lists_of(viewer)
    assert stored.movie_ids == [film.pk for film in films]
    assert set(stored.sources) == {RecommendationList.Source.POPULAR}
    assert stored.revision == 2


def test_a_favourite_counts_as_a_like(
    published: Generation, films: list[Movie], clock: FakeClock
) -> None:
    user = make_user()
    actions.add_favorite(user=user, movie_id=films[3].pk, at=NOON)

    refresh_user(user_id=user.pk, clock=clock)

    (stored,) = lists_of(user)
    assert stored.movie_ids[0] == films[4].pk
    assert films[3].pk not in stored.movie_ids
    assert stored.because_movie_ids[0] == films[3].pk
