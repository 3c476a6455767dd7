from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from apps.favorites.models import Rating
from apps.movies.models import Movie, SyncRun
from apps.recommendations import actions
from apps.recommendations.models import ActiveGeneration, Generation, ModelVersion
from apps.users.models import User
from services import preparation
from services.imports.starter.viewers import count_viewers, remove_viewers
from services.preparation import AdminOutcome, PreparationError
from services.recommendations import training
from services.recommender.item_model import CONTENT_PROFILE
from services.recommender.served_model import BLEND
from tests.factories import make_movie, make_rating, make_user

pytestmark = pytest.mark.django_db

EMAIL = "admin@example.com"
PASSWORD = "a password of the operator"


def never_sleep(_seconds: float) -> None:
    pytest.fail("nothing else works on these rows, so nothing has to be waited for")


def ensure_generation() -> Generation | None:
    return preparation.ensure_generation(clock=timezone.now, sleep=never_sleep)


@pytest.fixture(autouse=True)
def model_cache(settings: Settings, tmp_path: Path) -> None:
    settings.RECOMMENDER_CACHE_DIR = tmp_path


def test_starter_films_are_loaded_once() -> None:
    report = preparation.ensure_starter_films()

    assert report is not None
    assert Movie.objects.count() == report.new
    assert preparation.ensure_starter_films() is None


def test_a_film_that_was_removed_from_the_starter_set_stays_away() -> None:
    preparation.ensure_starter_films()
    Movie.objects.get(tmdb_id=129).delete()

    assert preparation.ensure_starter_films() is None
    assert not Movie.objects.filter(tmdb_id=129).exists()


def test_films_of_another_source_do_not_stand_for_the_starter_set() -> None:
    make_movie()

    assert preparation.ensure_starter_films() is not None


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def simulated(settings: Settings) -> None:
    settings.SIMULATED_VIEWERS = True


def test_an_empty_platform_gets_simulated_viewers_and_learns_from_them(simulated: None) -> None:
    preparation.ensure_starter_films()

    report = preparation.ensure_viewers(at=NOON)
    generation = ensure_generation()

    assert report == count_viewers()
    assert report is not None
    assert generation is not None
    model = generation.model_version
    assert model.kind == BLEND
    assert (model.user_count, model.rating_count) == (report.viewers, report.ratings)
    assert model.simulated_user_count == report.viewers
    assert model.simulated_rating_count == report.ratings
    assert generation.list_count == 0
    assert len(generation.popular_movie_ids) == 200


def test_where_nobody_asks_for_them_there_are_none() -> None:
    preparation.ensure_starter_films()

    assert preparation.ensure_viewers(at=NOON) is None
    generation = ensure_generation()

    assert not User.objects.exists()
    assert generation is not None
    assert generation.model_version.kind == CONTENT_PROFILE


def test_a_platform_with_a_real_rating_gets_none(simulated: None) -> None:
    preparation.ensure_starter_films()
    make_rating(user=make_user(), movie=make_movie())

    assert preparation.ensure_viewers(at=NOON) is None
    assert (User.objects.count(), Rating.objects.count()) == (1, 1)


def test_simulated_viewers_that_were_removed_stay_away(simulated: None) -> None:
    preparation.ensure_starter_films()
    preparation.ensure_viewers(at=NOON)
    ensure_generation()
    remove_viewers()

    assert preparation.ensure_viewers(at=NOON) is None
    assert not User.objects.exists()


def test_the_administrator_is_created_and_can_sign_in() -> None:
    outcome = preparation.ensure_admin(email="Admin@Example.com", password=PASSWORD)

    user = User.objects.get()
    assert outcome is AdminOutcome.CREATED
    assert (user.email, user.is_staff, user.is_superuser) == (EMAIL, True, True)
    assert user.check_password(PASSWORD)


def test_an_administrator_who_can_sign_in_stays_as_is() -> None:
    preparation.ensure_admin(email=EMAIL, password=PASSWORD)
    before = User.objects.values().get()

    assert preparation.ensure_admin(email=EMAIL, password=PASSWORD) is AdminOutcome.KNOWN

    assert User.objects.values().get() == before


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"is_staff": False}, {"password": "!unusable"}], ids=str
)
def test_an_administrator_who_cannot_sign_in_gets_the_given_password(
    change: dict[str, object],
) -> None:
    preparation.ensure_admin(email=EMAIL, password=PASSWORD)
    User.objects.update(**change)

    assert preparation.ensure_admin(email=EMAIL, password=PASSWORD) is AdminOutcome.RESET

    user = User.objects.get()
    assert (user.is_active, user.is_staff, user.check_password(PASSWORD)) == (True, True, True)


def test_an_ordinary_account_never_becomes_the_administrator() -> None:
    make_user(email=EMAIL)
    before = User.objects.values().get()

    with pytest.raises(PreparationError, match=r"admin@example.com is an ordinary account"):
        preparation.ensure_admin(email=EMAIL, password=PASSWORD)

    assert User.objects.values().get() == before


def test_first_lists_are_trained_built_and_published() -> None:
    preparation.ensure_starter_films()

    generation = ensure_generation()

    assert generation is not None
    assert ActiveGeneration.objects.get().generation == generation
    assert generation.model_version.state == ModelVersion.State.READY
    assert Movie.objects.filter(pk__in=generation.popular_movie_ids).exists()


def test_published_lists_are_left_alone() -> None:
    preparation.ensure_starter_films()
    ensure_generation()

    assert ensure_generation() is None
    assert (ModelVersion.objects.count(), Generation.objects.count()) == (1, 1)


def test_a_training_that_was_interrupted_is_continued() -> None:
    preparation.ensure_starter_films()
    begun = actions.request_training()

    generation = ensure_generation()

    assert generation is not None
    assert generation.model_version_id == begun.pk
    assert ModelVersion.objects.count() == 1


def test_a_build_that_was_interrupted_is_continued() -> None:
    preparation.ensure_starter_films()
    begun = actions.request_training()
    clock = timezone.now
    for _ in training.run_training(model_version_id=begun.pk, clock=clock, sleep=never_sleep):
        pass
    waiting = Generation.objects.get(model_version=begun)
    assert waiting.state == Generation.State.REQUESTED

    assert ensure_generation() == waiting

    assert (ModelVersion.objects.count(), Generation.objects.count()) == (1, 1)


def test_a_training_that_fails_is_told() -> None:
    """Out of attempts, the run says why, and nothing is published."""
    version = actions.request_training()
    ModelVersion.objects.update(attempts=100, leased_until=datetime(2020, 1, 1, tzinfo=UTC))

    with pytest.raises(PreparationError, match="Training ended as failed"):
        ensure_generation()

    assert not ActiveGeneration.objects.filter(generation__isnull=False).exists()
    assert ModelVersion.objects.get().pk == version.pk


def test_the_first_syncs_are_asked_for_once(settings: Settings) -> None:
    settings.TMDB_API_TOKEN = "a.token"
    settings.TMDB_FIRST_TITLES = 250

    runs = preparation.ensure_syncs()

    assert [(run.kind, run.scope) for run in runs] == [
        ("genres", {}),
        ("trending", {}),
        ("lists", {}),
        ("export", {"limit": 250}),
    ]
    assert preparation.ensure_syncs() == []
    assert SyncRun.objects.count() == 4


def test_nothing_is_asked_of_tmdb_without_a_credential(settings: Settings) -> None:
    settings.TMDB_API_TOKEN = settings.TMDB_API_KEY = ""

    assert preparation.ensure_syncs() == []
    assert not SyncRun.objects.exists()
