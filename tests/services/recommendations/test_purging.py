import pytest

from apps.favorites import actions
from apps.movies.models import Movie
from apps.recommendations import publishing
from apps.recommendations.models import (
    ActiveGeneration,
    Explanation,
    Generation,
    ModelChunk,
    ModelVersion,
    Questionnaire,
    RecommendationList,
)
from apps.users.models import User
from services.recommendations import purging
from services.recommendations.refreshing import refresh_user
from tests.factories import make_explanation, make_user

from .conftest import FakeClock, build_generation, make_ready_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def replaced(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> list[RecommendationList]:
    """The viewer's three lists, built an hour apart."""
    refresh_user(user_id=viewer.pk, clock=clock)
    for film in films[1:3]:
        clock.advance(hours=1)
        actions.rate_movie(user=viewer, movie_id=film.pk, score=8, at=clock())
        refresh_user(user_id=viewer.pk, clock=clock)
    return list(RecommendationList.objects.order_by("pk"))


def purge_all(clock: FakeClock) -> None:
    position = None
    while (position := purging.purge(at=clock(), position=position)) is not None:
        pass


def remaining() -> set[int]:
    return set(RecommendationList.objects.values_list("pk", flat=True))


def test_explanations_go_with_their_list(
    replaced: list[RecommendationList], clock: FakeClock
) -> None:
    for row in replaced:
        make_explanation(list=row, movie_id=row.movie_ids[0], body={"others": {}})
    clock.advance(days=30)

    purge_all(clock)

    assert Explanation.objects.get().list == replaced[-1]


def test_a_list_goes_a_day_after_it_was_replaced(
    replaced: list[RecommendationList], clock: FakeClock
) -> None:
    oldest, middle, newest = replaced
    clock.advance(hours=22, minutes=59)
    purge_all(clock)
    assert remaining() == {oldest.pk, middle.pk, newest.pk}

    clock.advance(minutes=1)
    purge_all(clock)
    assert remaining() == {middle.pk, newest.pk}

    clock.advance(days=30)
    purge_all(clock)
    assert remaining() == {newest.pk}


def test_each_run_removes_a_bounded_batch(
    replaced: list[RecommendationList], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "BATCH", 1)
    clock.advance(days=2)

    position = purging.purge(at=clock())
    assert len(remaining()) == 2
    position = purging.purge(at=clock(), position=position)
    assert remaining() == {replaced[-1].pk}
    while position is not None:
        position = purging.purge(at=clock(), position=position)
    assert remaining() == {replaced[-1].pk}


def test_generations_past_their_time_go_but_the_one_to_return_to_stays(
    viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    first, second, third = (
        build_generation(make_ready_model(films, step=step), clock) for step in (1, 2, 3)
    )
    ModelVersion.objects.update(created_at=clock())
    for version in ModelVersion.objects.all():
        Questionnaire.objects.create(model_version=version, movie_ids=[films[0].pk], arrays=b"")
    clock.advance(hours=23)
    purge_all(clock)
    assert Generation.objects.count() == 3

    clock.advance(hours=1)
    purge_all(clock)

    assert set(Generation.objects.all()) == {second, third}
    assert set(ModelVersion.objects.all()) == {second.model_version, third.model_version}
    assert publishing.roll_back(at=clock()).generation == second
    assert viewer.recommendation_lists.filter(generation=second).exists()
    assert not ModelChunk.objects.filter(model_version=first.model_version_id).exists()
    kept = set(Questionnaire.objects.values_list("model_version", flat=True))
    assert kept == {second.model_version_id, third.model_version_id}


def test_after_a_roll_back_the_next_one_to_return_to_stays_and_later_ones_go(
    viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    version = make_ready_model(films)
    first, second, _ = (build_generation(version, clock) for _ in range(3))
    publishing.roll_back(at=clock())
    clock.advance(hours=24)
    purge_all(clock)

    assert set(Generation.objects.all()) == {first, second}
    assert publishing.roll_back(at=clock()).generation == first
    assert viewer.recommendation_lists.filter(generation=first).exists()


def test_what_was_kept_back_goes_once_there_are_newer_lists(
    viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    """A night that is refused is followed by others."""
    active = build_generation(make_ready_model(films), clock)
    refused, again = (
        build_generation(make_ready_model(films), clock, publish=False) for _ in range(2)
    )
    clock.advance(hours=23)
    purge_all(clock)
    assert Generation.objects.get(pk=refused.pk).state == Generation.State.READY

    clock.advance(hours=1)
    purge_all(clock)
    refused.refresh_from_db()
    again.refresh_from_db()
    assert (refused.state, again.state) == (Generation.State.RETIRED, Generation.State.READY)
    with pytest.raises(publishing.NotPublishableError):
        publishing.publish(generation_id=refused.pk, at=clock())

    clock.advance(hours=24)
    purge_all(clock)
    assert set(Generation.objects.all()) == {active, again}
    assert publishing.publish(generation_id=again.pk, at=clock())


def test_a_generation_that_is_half_removed_is_not_returned_to(
    viewer: User, films: list[Movie], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.rate_movie(user=make_user(), movie_id=films[0].pk, score=9, at=clock())
    version = make_ready_model(films)
    first, second, _ = (build_generation(version, clock) for _ in range(3))
    monkeypatch.setattr(purging, "BATCH", 1)
    clock.advance(hours=24)
    assert purging.purge_generation(at=clock())
    assert RecommendationList.objects.filter(generation=first).count() == 1
    assert publishing.roll_back(at=clock()).generation == second

    with pytest.raises(publishing.NotPublishableError, match="any earlier generation"):
        publishing.roll_back(at=clock())
    with pytest.raises(publishing.NotPublishableError, match=f"generation {first.pk}"):
        publishing.roll_back(at=clock(), generation_id=first.pk)

    assert ActiveGeneration.objects.get().generation == second


def test_what_a_failed_or_cancelled_build_left_goes_too(
    published: Generation, viewer: User, films: list[Movie], clock: FakeClock
) -> None:
    unused = build_generation(published.model_version, clock, publish=False)
    Generation.objects.filter(pk=unused.pk).update(
        state=Generation.State.CANCELLED, created_at=clock()
    )
    clock.advance(hours=24)
    purge_all(clock)

    assert list(Generation.objects.all()) == [published]
    assert not RecommendationList.objects.filter(generation_id=unused.pk).exists()


def test_the_newest_model_stays_though_no_generation_uses_it(
    films: list[Movie], clock: FakeClock
) -> None:
    old, new = make_ready_model(films), make_ready_model(films)
    ModelVersion.objects.update(created_at=clock())
    clock.advance(days=2)
    purge_all(clock)

    assert list(ModelVersion.objects.all()) == [new]
    assert old != new
