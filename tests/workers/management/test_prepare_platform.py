import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.favorites.models import Rating
from apps.movies.models import Movie, SearchDocument
from apps.recommendations.models import ActiveGeneration, Generation
from apps.users.models import User
from services.imports.starter.simulation import VIEWERS
from services.imports.starter.viewers import ViewersReport, count_viewers
from tests.factories import make_user

pytestmark = pytest.mark.django_db

EMAIL = "admin@example.com"
PASSWORD = "a password of the operator"


@pytest.fixture(autouse=True)
def environment(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RECOMMENDER_CACHE_DIR = tmp_path
    monkeypatch.setenv("NEXUS_ADMIN_EMAIL", EMAIL)
    monkeypatch.setenv("NEXUS_ADMIN_PASSWORD", PASSWORD)


def run(command: str, *arguments: str) -> list[str]:
    output = StringIO()
    call_command(command, *arguments, stdout=output, stderr=output)
    return output.getvalue().splitlines()


def test_each_step_says_in_one_line_what_it_did() -> None:
    films, search, viewers, admin, lists, syncs = run("prepare_platform")

    assert viewers == "Simulated viewers: none added."
    assert syncs == "TMDb: nothing to ask for."
    assert films == f"Starter set: {Movie.objects.count()} films loaded."
    assert re.fullmatch(r"Search: [\d,]+ changes of films indexed\.", search)
    assert SearchDocument.objects.count() == Movie.objects.count()
    assert admin == "Administrator: admin@example.com created."
    generation = ActiveGeneration.objects.get().generation
    assert generation is not None
    assert "(content_profile, 0 viewers, 0 of them simulated)" in lists
    assert f"published generation {generation.pk} with " in lists
    assert User.objects.get(email=EMAIL).check_password(PASSWORD)


def test_a_second_run_finds_everything_done() -> None:
    run("prepare_platform")
    films = Movie.objects.count()

    assert run("prepare_platform") == [
        "Starter set: already there.",
        "Search: 0 changes of films indexed.",
        "Simulated viewers: none added.",
        "Administrator: admin@example.com already there.",
        "Lists: already published.",
        "TMDb: nothing to ask for.",
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

    _, _, _, admin, _, _ = run("prepare_platform")

    assert admin.startswith("Administrator: none asked for")
    assert not User.objects.exists()


def test_credentials_may_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, content in (("EMAIL", "secret@example.com"), ("PASSWORD", "from a file")):
        (tmp_path / name).write_text(f"{content}\n")
        monkeypatch.setenv(f"NEXUS_ADMIN_{name}_FILE", str(tmp_path / name))
        monkeypatch.delenv(f"NEXUS_ADMIN_{name}")

    _, _, _, admin, _, _ = run("prepare_platform")

    assert admin == "Administrator: secret@example.com created."
    assert User.objects.get().check_password("from a file")


def test_a_file_of_credentials_that_is_not_there_stops_the_preparation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEXUS_ADMIN_PASSWORD_FILE", str(tmp_path / "missing"))

    with pytest.raises(CommandError, match="NEXUS_ADMIN_PASSWORD_FILE must be a readable file"):
        run("prepare_platform")

    assert not User.objects.exists()


def test_simulated_viewers_are_named_as_such(settings: Settings) -> None:
    settings.SIMULATED_VIEWERS = True

    _, _, viewers, _, lists, _ = run("prepare_platform")

    ratings = Rating.objects.count()
    assert viewers == f"Simulated viewers: {VIEWERS} with {ratings:,} ratings added."
    assert f"(blend, {VIEWERS} viewers, {VIEWERS} of them simulated)" in lists
    assert "with 0 lists" in lists
    assert run("prepare_platform")[2] == "Simulated viewers: none added."
    trained = "\n".join(run("train"))
    assert f"{ratings:,} ratings ({ratings:,} of them simulated)" in " ".join(trained.split())


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


def test_simulated_viewers_come_and_go_by_command() -> None:
    _, added = run("load_starter", "--viewers")
    there = count_viewers()
    _, again = run("load_starter", "--viewers")
    rows = f"{there.ratings:,} ratings and {there.favorites:,} favourites"
    assert added.startswith(f"Simulated viewers: {VIEWERS} new with {rows}.")
    assert again.startswith("Simulated viewers: 0 new with 0 ratings and 0 favourites.")

    (would,) = run("load_starter", "--remove-viewers", "--dry-run")
    assert would == f"Simulated viewers: {VIEWERS} with {rows} would be removed."
    assert count_viewers() == there

    (removed,) = run("load_starter", "--remove-viewers")
    assert removed.startswith(f"Simulated viewers: {VIEWERS} removed with {rows}.")
    assert count_viewers() == ViewersReport(viewers=0, ratings=0, favorites=0)


@pytest.mark.parametrize(
    "arguments", [("--viewers", "--remove-viewers"), ("--dry-run",)], ids=" ".join
)
def test_options_that_do_not_go_together_do_nothing(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run("load_starter", *arguments)

    assert not Movie.objects.exists()
    assert not User.objects.exists()


def test_with_a_credential_the_first_syncs_are_asked_for(settings: Settings) -> None:
    settings.TMDB_API_TOKEN = "a.token"

    assert (
        run("prepare_platform")[-1] == "TMDb: asked for syncs of genres, trending, lists, export."
    )
    assert run("prepare_platform")[-1] == "TMDb: nothing to ask for."
