import pytest

from apps.favorites import actions
from apps.favorites.models import Taste
from apps.movies.models import Movie
from apps.recommendations import publishing
from apps.recommendations.models import ActiveGeneration, Generation
from apps.users.models import User
from services.recommendations.refreshing import Outcome, refresh_user
from tests.factories import make_rating, make_user

from .conftest import NOON, FakeClock, build_generation, make_ready_model

pytestmark = pytest.mark.django_db

State = Generation.State


def active() -> Generation | None:
    return ActiveGeneration.objects.get().generation


def states() -> dict[int, str]:
    return dict(Generation.objects.values_list("pk", "state"))


@pytest.fixture
def first(viewer: User, films: list[Movie], clock: FakeClock) -> Generation:
    return build_generation(make_ready_model(films), clock)


@pytest.fixture
def second(first: Generation, films: list[Movie], clock: FakeClock) -> Generation:
    clock.advance(hours=1)
    return build_generation(make_ready_model(films, step=2), clock)


def test_publishing_retires_the_generation_before(
    first: Generation, second: Generation, clock: FakeClock
) -> None:
    first.refresh_from_db()

    assert active() == second
    assert states() == {first.pk: State.RETIRED, second.pk: State.ACTIVE}
    assert first.retired_at == second.activated_at == clock.now


def test_publishing_twice_changes_nothing(first: Generation, clock: FakeClock) -> None:
    clock.advance(hours=1)

    assert publishing.publish(generation_id=first.pk, at=clock())

    assert active() == first
    first.refresh_from_db()
    assert first.activated_at == NOON


def test_an_older_generation_that_comes_late_does_not_replace_a_newer_one(
    films: list[Movie], viewer: User, clock: FakeClock
) -> None:
    version = make_ready_model(films)
    older = build_generation(version, clock, publish=False)
    newer = build_generation(version, clock)

    assert not publishing.publish(generation_id=older.pk, at=clock())

    assert active() == newer
    assert states()[older.pk] == State.RETIRED


def test_an_unfinished_generation_is_refused(first: Generation, clock: FakeClock) -> None:
    unfinished = Generation.objects.create(model_version=first.model_version, state=State.BUILDING)

    with pytest.raises(publishing.NotPublishableError):
        publishing.publish(generation_id=unfinished.pk, at=clock())

    assert active() == first
    assert states() == {first.pk: State.ACTIVE, unfinished.pk: State.BUILDING}


def test_rolling_back_returns_to_the_lists_of_before(
    first: Generation, second: Generation, viewer: User, clock: FakeClock
) -> None:
    assert publishing.roll_back(at=clock()).generation == first

    assert active() == first
    assert states() == {first.pk: State.ACTIVE, second.pk: State.RETIRED}
    assert not Taste.objects.waiting().exists()
    first.refresh_from_db()
    assert first.retired_at is None


def test_rolling_back_again_and_again_goes_back_further_until_the_first(
    first: Generation, second: Generation, films: list[Movie], clock: FakeClock
) -> None:
    build_generation(make_ready_model(films), clock)
    clock.advance(minutes=1)
    assert publishing.roll_back(at=clock()).generation == second
    clock.advance(minutes=1)
    assert publishing.roll_back(at=clock()).generation == first
    before = states()
    clock.advance(minutes=1)

    with pytest.raises(publishing.NotPublishableError, match="any earlier generation"):
        publishing.roll_back(at=clock())

    assert active() == first
    assert states() == before


def test_the_generation_that_one_went_back_from_is_not_the_next_to_go_back_to(
    first: Generation, second: Generation, films: list[Movie], clock: FakeClock
) -> None:
    clock.advance(hours=1)
    publishing.roll_back(at=clock())
    clock.advance(hours=1)
    build_generation(make_ready_model(films), clock)

    assert publishing.roll_back(at=clock()).generation == first


def test_a_later_generation_is_returned_to_by_its_id(
    first: Generation, second: Generation, clock: FakeClock
) -> None:
    publishing.roll_back(at=clock())
    clock.advance(minutes=1)

    assert publishing.roll_back(at=clock(), generation_id=second.pk).generation == second
    assert active() == second


def test_what_was_written_since_waits_after_a_roll_back_and_is_built_with_the_old_model(
    first: Generation, second: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    actions.rate_movie(user=viewer, movie_id=films[3].pk, score=9, at=clock())
    refresh_user(user_id=viewer.pk, clock=clock)
    assert not Taste.objects.waiting().exists()
    clock.advance(minutes=1)

    publishing.roll_back(at=clock())

    taste = Taste.objects.get(pk=viewer.pk)
    assert (taste.revision, taste.listed_revision) == (2, 1)
    assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.BUILT
    newest = viewer.recommendation_lists.latest("pk")
    assert (newest.generation, newest.revision) == (first, 2)
    assert {films[1].pk, films[4].pk} == set(newest.movie_ids[:2])


def test_imported_viewers_wait_for_the_next_build_but_not_for_a_list_they_lose(
    first: Generation, films: list[Movie], clock: FakeClock
) -> None:
    lists_later, never_listed = make_user(), make_user()
    for user in (lists_later, never_listed):
        make_rating(user=user, movie=films[0])
    Taste.objects.create(user=lists_later, revision=1, is_realtime=False)
    second = build_generation(make_ready_model(films), clock)
    Taste.objects.create(user=never_listed, revision=1, is_realtime=False)

    publishing.roll_back(at=clock())

    assert active() != second
    assert set(Taste.objects.waiting()) == {Taste.objects.get(pk=lists_later.pk)}


def test_there_is_nothing_to_roll_back_to_at_first(first: Generation, clock: FakeClock) -> None:
    with pytest.raises(publishing.NotPublishableError, match="any earlier generation"):
        publishing.roll_back(at=clock())

    assert active() == first


def test_a_generation_that_was_never_read_cannot_be_rolled_back_to(
    first: Generation, second: Generation, clock: FakeClock
) -> None:
    kept_back = build_generation(first.model_version, clock, publish=False)

    with pytest.raises(publishing.NotPublishableError, match=f"generation {kept_back.pk}"):
        publishing.roll_back(at=clock(), generation_id=kept_back.pk)

    assert active() == second


def test_a_generation_past_its_time_is_refused_but_the_newest_one_stays(
    first: Generation, second: Generation, films: list[Movie], clock: FakeClock
) -> None:
    third = build_generation(make_ready_model(films), clock)
    clock.advance(hours=25)

    with pytest.raises(publishing.NotPublishableError, match="already have been removed"):
        publishing.roll_back(at=clock(), generation_id=first.pk)
    assert active() == third
    assert publishing.roll_back(at=clock()).generation == second


def test_a_named_generation_is_returned_to(
    first: Generation, second: Generation, films: list[Movie], clock: FakeClock
) -> None:
    build_generation(make_ready_model(films), clock)

    assert publishing.roll_back(at=clock(), generation_id=first.pk).generation == first
    assert active() == first


def test_the_only_row_is_made_anew_where_it_is_missing(
    viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    ActiveGeneration.objects.all().delete()

    generation = build_generation(make_ready_model(films), clock)

    assert active() == generation
