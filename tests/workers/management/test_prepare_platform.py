from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.movies.models import Movie
from apps.recommendations.models import ActiveGeneration, Generation
from apps.users.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

EMAIL = "admin@example.com"
PASSWORD = "a password of the operator"


@pytest.fixture(autouse=True)
def environment(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RECOMMENDER_CACHE_DIR = tmp_path
    monkeypatch.setenv("NEXUS_ADMIN_EMAIL", EMAIL)
    monkeypatch.setenv("NEXUS_ADMIN_PASSWORD", PASSWORD)


def run(command: str) -> list[str]:
    output = StringIO()
    call_command(command, stdout=output, stderr=output)
    return output.getvalue().splitlines()


def test_each_step_says_in_one_line_what_it_did() -> None:
    films, admin, lists = run("prepare_platform")

    assert films == f"Starter set: {Movie.objects.count()} films loaded."
    assert admin == "Administrator: admin@example.com created."
    generation = ActiveGeneration.objects.get().generation
    assert generation is not None
    assert f"published generation {generation.pk} with " in lists
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)


def test_a_second_run_finds_everything_done() -> None:
    run("prepare_platform")
    films = Movie.objects.count()

    assert run("prepare_platform") == [
        "Starter set: already there.",
        "Administrator: admin@example.com already there.",
        "Lists: already published.",
    ]
    assert (Movie.objects.count(), User.objects.count(), Generation.objects.count()) == (
        films,
        1,
        1,
    )


def test_the_password_is_never_printed() -> None:
    output = run("prepare_platform") + run("prepare_platform")

    assert PASSWORD not in "\n".join(output)


def test_without_an_administrator_in_the_environment_none_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NEXUS_ADMIN_PASSWORD")

    _, admin, _ = run("prepare_platform")

    assert admin.startswith("Administrator: none asked for")
    assert not User.objects.exists()


def test_an_ordinary_account_stops_the_preparation() -> None:
    make_user(email=EMAIL)

    with pytest.raises(CommandError, match="is an ordinary account"):
        run("prepare_platform")

    assert not User.objects.get().is_superuser
    assert not ActiveGeneration.objects.filter(generation__isnull=False).exists()


def test_the_starter_set_can_be_loaded_alone_and_again() -> None:
    (first,) = run("load_starter")
    films = Movie.objects.count()
    (second,) = run("load_starter")

    assert first == f"Starter set: {films} films new, 0 completed, 0 as they were."
    assert second == f"Starter set: 0 films new, 0 completed, {films} as they were."
    assert Movie.objects.count() == films
