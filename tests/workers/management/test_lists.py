"""train, build_recommendations and roll_back, as an operator types them."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from apps.favorites import actions
from apps.favorites.models import Taste
from apps.recommendations.models import ActiveGeneration, Generation, ModelVersion
from apps.users.models import User
from services import leasing
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cache(settings: Settings, tmp_path: Path) -> None:
    settings.RECOMMENDER_CACHE_DIR = tmp_path


@pytest.fixture
def viewer() -> User:
    user = make_user()
    for _ in range(3):
        movie = make_movie(genres=("Drama",))
    actions.rate_movie(user=user, movie_id=movie.pk, score=9, at=timezone.now())
    return user


def run(*arguments: Any) -> str:
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def test_train_publishes_lists_for_all(viewer: User) -> None:
    output = run("train")

    assert ActiveGeneration.objects.get().generation == Generation.objects.get()
    assert viewer.recommendation_lists.get().revision == 1
    assert "(content_profile): 3 films, 2 of them without ratings, 1 ratings" in output
    assert "is active: 1 lists" in output


def test_train_can_leave_it_to_the_workers(viewer: User) -> None:
    run("train", "--no-wait")

    assert ModelVersion.objects.get().state == ModelVersion.State.REQUESTED


def test_train_can_keep_the_model_back(viewer: User) -> None:
    run("train", "--no-publish")

    assert ModelVersion.objects.get().state == ModelVersion.State.READY
    assert not Generation.objects.exists()


def test_a_failed_training_is_an_error(
    viewer: User, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "MAX_ATTEMPTS", 1)
    settings.RECOMMENDER_CACHE_DIR = tmp_path / "a file"
    settings.RECOMMENDER_CACHE_DIR.write_text("")
    settings.RECOMMENDER_MIN_USERS = 1
    settings.RECOMMENDER_MIN_RATINGS_PER_USER = 1

    with pytest.raises(CommandError, match="ended as failed"):
        run("train")

    assert not Generation.objects.exists()


def test_lists_are_built_with_the_newest_model(viewer: User) -> None:
    run("train", "--no-publish")
    output = run("build_recommendations")

    generation = ActiveGeneration.objects.get().generation
    assert generation is not None
    assert generation.model_version == ModelVersion.objects.get()
    assert f"Generation {generation.pk} is active: 1 lists" in output


def test_lists_need_a_model() -> None:
    with pytest.raises(CommandError, match="No model is ready"):
        run("build_recommendations")


def test_one_viewers_list_can_be_built(viewer: User) -> None:
    run("train")
    actions.rate_movie(user=viewer, movie_id=make_movie().pk, score=3, at=timezone.now())

    assert "built" in run("build_recommendations", "--user", viewer.pk)
    assert "has seen every write" in run("build_recommendations", "--user", viewer.pk)
    assert Taste.objects.get(pk=viewer.pk).listed_revision == 2


def test_nobodys_list_is_an_error(viewer: User) -> None:
    with pytest.raises(CommandError, match="gone"):
        run("build_recommendations", "--user", 404)


def test_a_list_needs_a_published_generation(viewer: User) -> None:
    with pytest.raises(CommandError, match="nothing is published"):
        run("build_recommendations", "--user", viewer.pk)


def test_the_generation_before_comes_back(viewer: User) -> None:
    run("train")
    first = ActiveGeneration.objects.get().generation_id
    run("build_recommendations")

    assert f"Generation {first} (model " in run("roll_back")
    assert ActiveGeneration.objects.get().generation_id == first


def test_what_a_roll_back_keeps_back_is_named(viewer: User) -> None:
    run("train")
    run("build_recommendations")
    run("train", "--no-wait")
    version = ModelVersion.objects.latest("pk")

    assert f"Model {version.pk}, which waits to be trained, is kept back" in run("roll_back")
    version.refresh_from_db()
    assert not version.publish


def test_a_refused_roll_back_changes_nothing(viewer: User) -> None:
    run("train")
    first = ActiveGeneration.objects.get().generation_id

    with pytest.raises(CommandError, match="Nothing changed"):
        run("roll_back", "404")

    assert ActiveGeneration.objects.get().generation_id == first
