"""`manage.py index_films`, as an operator types it."""

import pytest

from apps.movies.models import Movie, SearchDocument
from apps.movies.search.stale_notes import count_changes
from tests.factories import make_movie
from tests.workers.management.shell import Shell
from workers.management.commands import index_films
from workers.management.commands.index_films import Command

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def index(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(Command, "index_films", capsys)


def test_it_makes_what_is_stale_and_says_how_much(
    index: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_films, "TOLD_EVERY", 1)
    for title in ("Alien", "Aliens"):
        make_movie(title=title, year=None)

    ended = index()

    assert (ended.code, ended.output, ended.errors) == (
        0,
        "2 changes done.\nSearch: 2 changes done; 2 films, 2 words.\n",
        "",
    )
    assert index().output == "Search: 0 changes done; 2 films, 2 words.\n"


def test_a_dry_run_changes_nothing(index: Shell) -> None:
    make_movie()

    assert index("--dry-run").output == "Changes to look at: 1.\n"
    assert (count_changes(), SearchDocument.objects.count()) == (1, 0)
    assert index("--all", "--dry-run").output == "Changes to look at: 2.\n"


def test_all_are_made_anew_also_what_nobody_noted(index: Shell) -> None:
    film = make_movie(title="Alien", year=None)
    index()
    SearchDocument.objects.update(weight=4)

    assert index("--all").code == 0

    assert SearchDocument.objects.get(movie=film).weight == 1.0
    assert Movie.objects.count() == 1


def test_help_tells_what_it_is_for(index: Shell) -> None:
    ended = index("--help")

    assert ended.code == 0
    assert "searches read" in " ".join(ended.output.split())
