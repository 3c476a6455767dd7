"""What a generation differs in from the one that is read, and what keeps it back."""

import pytest
from pytest_django import Settings

from apps.favorites import actions
from apps.favorites.models import Rating
from apps.movies.models import Movie
from apps.recommendations import publishing
from apps.recommendations.models import (
    ActiveGeneration,
    Alert,
    Generation,
    ModelVersion,
    RecommendationList,
)
from apps.users.models import User
from services.recommendations import building, bulk_lists, model_store, refusing
from services.recommendations.loading import UserRange
from tests.factories import make_favorite, make_rating, make_user

from .conftest import NOON, FakeClock, build_generation, make_ready_model

pytestmark = pytest.mark.django_db

State = Generation.State


@pytest.fixture
def viewers(films: list[Movie], monkeypatch: pytest.MonkeyPatch, settings: Settings) -> list[User]:
    """Four viewers in two shards; the lists of each hold the five films that it has not rated."""
    settings.RECOMMENDER_PIPELINE = {"limit": 2, "exploration_rate": 0.0}
    monkeypatch.setattr(building, "USERS_PER_SHARD", 2)
    monkeypatch.setattr(refusing, "MIN_COMPARED", 3)
    viewers = [make_user() for _ in range(4)]
    for viewer, film in zip(viewers, films, strict=False):
        actions.rate_movie(user=viewer, movie_id=film.pk, score=9, at=NOON)
    return viewers


@pytest.fixture
def active(films: list[Movie], viewers: list[User], clock: FakeClock) -> Generation:
    return build_generation(make_ready_model(films), clock)


def churning(films: list[Movie]) -> ModelVersion:
    """A model that puts other films first."""
    return make_ready_model(films, step=3)


def first_two(generation: Generation) -> dict[int, set[int]]:
    rows = generation.lists.values_list("user_id", "movie_ids")
    return {user_id: {*movie_ids[:2]} for user_id, movie_ids in rows}


def test_the_first_generation_is_compared_with_nothing(active: Generation) -> None:
    shown = set.union(*first_two(active).values())

    assert active.difference == {
        "base_id": None,
        "compared": 0,
        "overlap": None,
        "same_taste": 0,
        "churn": None,
        "lists": {
            "count": 4,
            "films": len(shown),
            "film_share": round(len(shown) / 6, 8),
            "fallback_share": 0.5,
            "unpersonal_share": 0.0,
        },
        "base_lists": None,
    }
    assert active.refusal == ""


def test_the_same_model_differs_in_nothing(
    films: list[Movie], active: Generation, clock: FakeClock
) -> None:
    again = build_generation(make_ready_model(films), clock)

    assert again.state == State.ACTIVE
    assert again.difference == {
        "base_id": active.pk,
        "compared": 4,
        "overlap": 1.0,
        "same_taste": 4,
        "churn": 0.0,
        "lists": active.difference["lists"],
        "base_lists": active.difference["lists"],
    }
    assert not again.shards.exclude(films_shown=b"").exists()


def test_churn_leaves_out_whoever_wrote_something(
    films: list[Movie],
    viewers: list[User],
    active: Generation,
    clock: FakeClock,
) -> None:
    before = first_two(active)
    actions.rate_movie(user=viewers[0], movie_id=films[1].pk, score=9, at=NOON)

    generation = build_generation(churning(films), clock)

    after = first_two(generation)
    overlap = {viewer.pk: len(before[viewer.pk] & after[viewer.pk]) / 2 for viewer in viewers}
    others = [1 - overlap[viewer.pk] for viewer in viewers[1:]]
    found = generation.difference
    assert (found["compared"], found["same_taste"]) == (4, 3)
    assert found["overlap"] == pytest.approx(sum(overlap.values()) / 4)
    assert found["churn"] == pytest.approx(sum(others) / 3)


def test_the_newest_list_of_each_viewer_counts(
    films: list[Movie], viewers: list[User], active: Generation, clock: FakeClock
) -> None:
    """Viewers' refreshes since the base was built are what they read now."""
    actions.rate_movie(user=viewers[0], movie_id=films[1].pk, score=9, at=NOON)
    bulk_lists.insert_lists(
        # As a refresh makes it.
        bulk_lists.draft_lists(
            model_store.open_model(active.model_version),
            active,
            UserRange(viewers[0].pk, viewers[0].pk),
        ),
        active.pk,
        at=NOON,
    )

    again = build_generation(make_ready_model(films), clock)

    assert (again.difference["same_taste"], again.difference["churn"]) == (4, 0.0)


def test_too_much_churn_is_not_published_and_alerts(
    films: list[Movie], active: Generation, clock: FakeClock, settings: Settings
) -> None:
    settings.RECOMMENDER_MAX_CHURN = 0.1

    generation = build_generation(churning(films), clock)

    assert (generation.state, generation.publish) == (State.READY, False)
    churn = generation.difference["churn"]
    assert f"of 4 viewers who wrote nothing meanwhile, {churn:.1%} are others" in (
        generation.refusal
    )
    assert "allows 10.0%" in generation.refusal
    assert ActiveGeneration.objects.get().generation == active
    alert = Alert.objects.get()
    assert alert.kind == Alert.Kind.PUBLICATION
    assert alert.subject == f"Generation {generation.pk} was built and not published"
    assert generation.refusal in alert.text

    assert publishing.publish(generation_id=generation.pk, at=NOON)
    assert ActiveGeneration.objects.get().generation == generation


def test_as_much_churn_as_is_allowed_is_published(
    films: list[Movie], active: Generation, clock: FakeClock, settings: Settings
) -> None:
    settings.RECOMMENDER_MAX_CHURN = 1.0

    assert build_generation(churning(films), clock).state == State.ACTIVE
    assert not Alert.objects.exists()


def test_one_that_was_not_to_publish_itself_says_so_without_an_alert(
    films: list[Movie], active: Generation, clock: FakeClock, settings: Settings
) -> None:
    settings.RECOMMENDER_MAX_CHURN = 0.1

    assert build_generation(churning(films), clock, publish=False).refusal
    assert not Alert.objects.exists()


@pytest.mark.parametrize("exemption", ["Fewer than 3 viewers", "Another kind of model"])
def test_where_churn_says_nothing_it_holds_nothing_back(
    viewers: list[User],
    active: Generation,
    clock: FakeClock,
    settings: Settings,
    exemption: str,
) -> None:
    settings.RECOMMENDER_MAX_CHURN = 0.1
    if exemption.startswith("Fewer"):
        RecommendationList.objects.filter(user_id__gt=viewers[1].pk).delete()
    else:
        ModelVersion.objects.update(kind="content_profile")

    generation = build_generation(churning([*Movie.objects.order_by("pk")]), clock)

    assert generation.state == State.ACTIVE
    assert generation.difference["churn_exemption"].startswith(exemption)


@pytest.mark.parametrize("missed", ["rating", "favorite"])
def test_a_model_that_learned_from_older_data_is_not_published(
    films: list[Movie], active: Generation, clock: FakeClock, missed: str
) -> None:
    row = (make_rating if missed == "rating" else make_favorite)(user=make_user(), movie=films[0])
    learned = {f"highest_{missed}_id": row.pk, "newest_rating_at": NOON}
    ModelVersion.objects.filter(pk=active.model_version_id).update(**learned)
    stale = make_ready_model(films)
    ModelVersion.objects.filter(pk=stale.pk).update(**{f"highest_{missed}_id": row.pk - 1})

    generation = build_generation(stale, clock)

    assert (generation.state, generation.publish) == (State.READY, False)
    assert generation.refusal == (
        f"Its model {stale.pk} has learned from older data than model {active.model_version_id}, "
        "whose lists are read: 1 ratings and favourites are missing; the newest rating is of an "
        "unknown time instead of 2026-11-22 12:00 UTC."
    )
    assert Alert.objects.count() == 1


def test_ratings_that_viewers_took_back_are_not_missed(
    films: list[Movie], active: Generation, clock: FakeClock
) -> None:
    rating = make_rating(user=make_user(), movie=films[0])
    ModelVersion.objects.filter(pk=active.model_version_id).update(highest_rating_id=rating.pk)
    Rating.objects.filter(pk=rating.pk).delete()
    version = make_ready_model(films)
    ModelVersion.objects.filter(pk=version.pk).update(highest_rating_id=rating.pk - 1)

    assert build_generation(version, clock).state == State.ACTIVE
