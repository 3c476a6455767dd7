"""`load_movielens NAME` from the command line to the rows, and every way it may refuse."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.favorites.models import Rating
from apps.movies.models import Genre, Movie
from apps.users.models import User
from services.imports.grouplens.data_sets import DATA_SETS
from services.imports.grouplens.retrying import Patience
from tests.services.imports.data_sets import SOUND, archive_of, md5, write_folder, write_zip
from tests.services.imports.grouplens.server import Fault, GroupLens
from workers.management.movielens_download import Lines

pytestmark = pytest.mark.django_db

NAME = "ml-latest-small.zip"
CONTENT = archive_of("ml-latest-small", filler=200_000)
WITHOUT_LINKS = {name: content for name, content in SOUND.items() if name != "links.csv"}
HASTY = Patience(attempts=2, sleep=lambda _seconds: None)


@pytest.fixture(autouse=True)
def folder(grouplens: GroupLens, settings: Settings, tmp_path: Path) -> Path:
    grouplens.publish(NAME, CONTENT)
    grouplens.publish("ml-1m.zip", archive_of("ml-1m", files=WITHOUT_LINKS))
    settings.GROUPLENS_URL = grouplens.url
    settings.DATASETS_DIR = tmp_path / "datasets"
    return tmp_path / "datasets"


def load(*arguments: object) -> str:
    output = StringIO()
    call_command("load_movielens", *map(str, arguments), stdout=output, patience=HASTY)
    return output.getvalue()


def refused(*arguments: object) -> CommandError:
    """The error of a run that imported nothing."""
    with pytest.raises(CommandError) as refusal:
        load(*arguments)
    assert not any(model.objects.exists() for model in (Movie, Genre, User, Rating))
    return refusal.value


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*") if path.suffix != ".lock"}


def test_a_name_is_downloaded_verified_and_imported(folder: Path) -> None:
    output = load("small", "--accept-licence")

    assert {user.email for user in User.objects.all()} == {
        "ml-latest-small-7@movielens.invalid",
        "ml-latest-small-8@movielens.invalid",
    }
    assert dict(Rating.objects.values_list("movie__title", "score")) == {
        "Toy Story": 9,
        "Heat": 10,
        "The City of Lost Children": 1,
        "Ikarie": 10,
    }
    assert Movie.objects.get(title="Heat").tmdb_id == 949
    assert left_in(folder) == {NAME, f"{NAME}.md5"}
    assert "Accepted by --accept-licence." in output
    assert f"{folder / NAME}: downloaded and verified (MD5 {md5(CONTENT)})." in output
    assert "Licence, citation and contents: ml-latest-small/README.txt in it." in output


def test_a_second_run_downloads_and_changes_nothing(grouplens: GroupLens) -> None:
    load("small", "--accept-licence")
    grouplens.asked.clear()

    output = load("small")

    assert [asked.name for asked in grouplens.asked] == [f"{NAME}.md5"]
    assert "already here, and still the published one" in output
    assert "Nothing changed: all of it was imported before." in output
    assert "licence in short" not in output


def test_without_terminal_and_flag_the_licence_is_shown_and_nothing_asked(
    grouplens: GroupLens, folder: Path
) -> None:
    output = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("load_movielens", "small", stdout=output)

    assert refusal.value.returncode == 3
    assert str(refusal.value) == (
        "Nothing was imported. Nobody is at the terminal to accept the licence. Read it and, if "
        "you accept it, say so with --accept-licence. Nothing was downloaded."
    )
    assert "ml-latest-small-README.html" in output.getvalue()
    assert (grouplens.asked, folder.exists(), Movie.objects.exists()) == ([], False, False)


@pytest.mark.parametrize("key", DATA_SETS)
def test_the_licence_is_shown_before_the_download(grouplens: GroupLens, key: str) -> None:
    data_set = DATA_SETS[key]
    grouplens.publish(data_set.archive, CONTENT)

    output = load(key, "--accept-licence", "--download-only")

    flat = " ".join(output.split())
    for condition in (*data_set.conditions, data_set.licence_url, data_set.contents):
        assert condition in flat
    assert output.index(data_set.licence_url) < output.index("downloaded and verified")


FAILURES = {
    "not there": ({NAME: [Fault(status=404)]}, 5, "answers 404", set()),
    "no sum": ({f"{NAME}.md5": [Fault(status=404)]}, 5, "md5 answers 404", set()),
    "no good sum": ({f"{NAME}.md5": [Fault(declared_length=9)]}, 5, "no MD5 sum", set()),
    "damaged": ({NAME: [Fault(declared_length=9000)]}, 5, "published is", set()),
    "broken": ({NAME: [Fault(status=500)] * 9}, 4, "answers 500", set()),
    "busy": (
        {NAME: [Fault(status=429, headers={"Retry-After": "999"})]},
        4,
        "asks to be left alone for 999 s",
        set(),
    ),
    "cut": (
        {NAME: [Fault(cut_after=100_000, ignore_range=True)] * 9},
        4,
        "broke the",
        {f"{NAME}.part", f"{NAME}.part.json"},
    ),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failed_download_imports_nothing(grouplens: GroupLens, folder: Path, case: str) -> None:
    faults, returncode, reason, left = FAILURES[case]
    for name, several in faults.items():
        grouplens.fail(name, *several)

    error = refused("small", "--accept-licence")

    assert error.returncode == returncode
    assert str(error).startswith("Nothing was imported. ")
    assert reason in str(error)
    assert str(error).endswith("goes on where this one stopped.") == (returncode == 4)
    assert left_in(folder) == left


def test_a_wrong_sum_imports_nothing(grouplens: GroupLens, folder: Path) -> None:
    grouplens.files[f"{NAME}.md5"].content = b"0" * 32

    error = refused("small", "--accept-licence")

    assert error.returncode == 5
    assert f"its MD5 is {md5(CONTENT)}, published is {'0' * 32}" in str(error)
    assert left_in(folder) == set()


def test_a_server_that_is_away_imports_nothing(
    settings: Settings, folder: Path, unused_port: int
) -> None:
    settings.GROUPLENS_URL = f"http://127.0.0.1:{unused_port}"

    error = refused("small", "--accept-licence")

    assert error.returncode == 4
    assert f"No connection to 127.0.0.1:{unused_port}" in str(error)
    assert left_in(folder) == set()


def test_a_verified_file_that_is_no_data_set_imports_nothing(
    grouplens: GroupLens, folder: Path
) -> None:
    grouplens.publish(NAME, b"no ZIP at all")

    error = refused("small", "--accept-licence")

    assert error.returncode == 1
    assert "neither a folder nor a readable ZIP" in str(error)
    assert left_in(folder) == {NAME, f"{NAME}.md5"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_full_disk_imports_nothing(folder: Path) -> None:
    folder.mkdir()
    (folder / f"{NAME}.part").symlink_to("/dev/full")

    error = refused("small", "--accept-licence")

    assert error.returncode == 4
    assert f"The disk of {folder} is full." in str(error)
    assert left_in(folder) == {f"{NAME}.part", f"{NAME}.part.json"}


def test_the_next_run_goes_on_and_imports(grouplens: GroupLens, folder: Path) -> None:
    grouplens.fail(NAME, Fault(cut_after=100_000), Fault(status=500))
    refused("small", "--accept-licence")
    size = (folder / f"{NAME}.part").stat().st_size

    load("small", "--accept-licence")

    assert size > 80_000
    assert grouplens.asked_for(NAME)[-1].range == f"bytes={size}-"
    assert Rating.objects.count() == 4


def test_download_only_imports_nothing(folder: Path) -> None:
    output = load("small", "--accept-licence", "--download-only")

    assert left_in(folder) == {NAME, f"{NAME}.md5"}
    assert "README.txt" in output
    assert not Movie.objects.exists()
    assert not User.objects.exists()


def test_a_dry_run_downloads_and_counts_but_writes_nothing(folder: Path) -> None:
    output = load("small", "--accept-licence", "--dry-run")

    assert left_in(folder) == {NAME, f"{NAME}.md5"}
    assert "nothing was written" in output
    assert not Movie.objects.exists()


def test_offline_takes_the_verified_archive(grouplens: GroupLens) -> None:
    load("small", "--accept-licence", "--download-only")
    grouplens.asked.clear()

    output = load("small", "--offline")

    assert grouplens.asked == []
    assert "not compared anew" in output
    assert Rating.objects.count() == 4


def test_offline_without_an_archive_imports_nothing(folder: Path) -> None:
    error = refused("small", "--offline")

    assert error.returncode == 5
    assert f"No verified {NAME} is in {folder}." in str(error)
    assert not folder.exists()


@pytest.mark.parametrize("packed", [True, False])
def test_a_path_needs_no_licence_and_no_server(
    grouplens: GroupLens,
    folder: Path,
    tmp_path: Path,
    packed: bool,  # noqa: FBT001
) -> None:
    path = write_zip(tmp_path / "own.zip") if packed else write_folder(tmp_path / "own")

    output = load(path)

    assert User.objects.filter(email="own-7@movielens.invalid").exists()
    assert (grouplens.asked, folder.exists()) == ([], False)
    assert "licence" not in output


def test_a_folder_called_like_a_data_set_is_reached_by_its_path(
    grouplens: GroupLens, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_folder(tmp_path / "small")
    monkeypatch.chdir(tmp_path)

    load("./small")

    assert grouplens.asked == []
    assert User.objects.filter(email="small-7@movielens.invalid").exists()
    assert "Taking ml-latest-small from GroupLens; yours is ./small" in load(
        "small", "--accept-licence"
    )
    assert User.objects.filter(email="ml-latest-small-7@movielens.invalid").exists()


def test_a_set_without_links_says_where_there_are_some() -> None:
    output = load("1m", "--accept-licence")

    assert "--links small" in output
    assert set(Movie.objects.values_list("tmdb_id", flat=True)) == {None}


def test_links_of_another_set_are_downloaded_under_its_own_licence(folder: Path) -> None:
    output = load("1m", "--links", "small", "--accept-licence")

    assert DATA_SETS["1m"].licence_url in output
    assert DATA_SETS["small"].licence_url in output
    assert "--links small adds" not in output
    assert left_in(folder) == {NAME, f"{NAME}.md5", "ml-1m.zip", "ml-1m.zip.md5"}
    assert User.objects.filter(email="ml-1m-7@movielens.invalid").exists()
    assert set(Movie.objects.values_list("tmdb_id", flat=True)) == {862, 902, 949, None}


def test_links_may_lie_in_an_archive_on_disk(tmp_path: Path) -> None:
    links = write_zip(tmp_path / "links.zip")

    load("1m", "--links", links, "--accept-licence")

    assert Movie.objects.filter(tmdb_id=862).exists()


@pytest.mark.parametrize("links", ["absent.csv", "empty"])
def test_links_that_are_not_there_import_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()

    error = refused("1m", "--links", links, "--accept-licence")

    assert error.returncode == 1
    assert links in str(error)


@pytest.mark.parametrize("option", ["--download-only", "--offline"])
def test_options_of_a_download_need_a_name(tmp_path: Path, option: str) -> None:
    error = refused(write_folder(tmp_path / "own"), option)

    assert error.returncode == 2
    assert f"{option} needs a data set's name: small, 1m, 25m, 32m" in str(error)


def test_only_one_ending_can_be_chosen() -> None:
    assert "not allowed with" in str(refused("small", "--dry-run", "--download-only"))


@pytest.mark.parametrize("on_terminal", ["1", "0"])
def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, on_terminal: str
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", on_terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")

    load("small", "--accept-licence", "--download-only")

    shown = capsys.readouterr().err
    if on_terminal == "1":
        assert f"Downloading {NAME}" in shown
        assert "kB" in shown
        assert "\x1b[" in shown
    else:
        assert shown == f"Downloading {NAME}: 0.2 MB\n"


def test_a_log_gets_a_line_now_and_then() -> None:
    stream, now = StringIO(), [0.0]
    lines = Lines(stream, clock=lambda: now[0])

    lines.start("ml-25m.zip", done=50_000_000, total=250_000_000)
    for _ in range(25):
        now[0] += 1
        lines.advance(2_000_000)

    assert stream.getvalue().splitlines() == [
        "Downloading ml-25m.zip: 250.0 MB, going on after 50.0 MB",
        "ml-25m.zip: 70.0 MB of 250.0 MB (28%), 2.0 MB/s",
        "ml-25m.zip: 90.0 MB of 250.0 MB (36%), 2.0 MB/s",
    ]


def test_a_log_is_told_that_the_size_is_unknown() -> None:
    stream, now = StringIO(), [0.0]
    lines = Lines(stream, clock=lambda: now[0])

    lines.start("ml-25m.zip", done=0, total=None)
    now[0] = 10
    lines.advance(5_000_000)

    assert stream.getvalue().splitlines() == [
        "Downloading ml-25m.zip: unknown size",
        "ml-25m.zip: 5.0 MB, 0.5 MB/s",
    ]


def test_no_progress_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    load("small", "--accept-licence", "--download-only", "--no-progress")

    assert capsys.readouterr().err == ""


def test_help_gives_sizes_settings_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("load_movielens", "--help")

    shown = capsys.readouterr().out
    for line in (
        "  small     1.0 MB  some 100,000 ratings of 9,700 films by 600 users",
        "  1m        5.9 MB  1 million ratings of 3,900 films by 6,000 users",
        "  25m     262.0 MB  25 million ratings of 62,000 films by 163,000 users",
        "  32m     239.0 MB  32 million ratings of 88,000 films by 201,000 users",
        "  3  the licence was not accepted",
        "  5  the download failed for good (not there, sums differ)",
        "  130  interrupted while downloading; run again, it goes on",
    ):
        assert line in shown
    assert "GROUPLENS_URL" in shown
    assert "DATASETS_DIR" in shown
