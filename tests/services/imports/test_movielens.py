from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.hashers import is_password_usable

from apps.favorites.models import Rating, Taste
from apps.movies.models import Genre, Movie, SourceTitle
from apps.users.models import User
from services.imports.movielens import ImportRefusedError, ImportReport, import_movielens
from services.imports.movielens_files import MovieLensFileError
from tests.factories import make_movie, make_rating, make_user

from .data_sets import LINKS, MOVIES, RATINGS, write_folder, write_zip

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NO_TIMES = "\n".join(line.rpartition(",")[0] for line in RATINGS.splitlines())


def load(location: Path, *, name: str = "small", **options: object) -> ImportReport:
    return import_movielens(location=location, name=name, at=NOW, **options)  # type: ignore[arg-type]


def stored() -> dict[str, list[tuple[object, ...]]]:
    """Everything an import may write."""
    return {
        model.__name__: list(model.objects.order_by("pk").values_list())
        for model in (Genre, Movie, SourceTitle, User, Rating, Taste)
    } | {"genres": list(Movie.genres.through.objects.order_by("pk").values_list())}


def scores(**user: object) -> dict[str, int]:
    ratings = Rating.objects.filter(**user).values_list("movie__title", "score")
    return dict(ratings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "small")


def test_films_are_stored_with_their_facts(folder: Path) -> None:
    load(folder)

    film = Movie.objects.get(tmdb_id=902)
    assert (film.title, film.original_title) == (
        "The City of Lost Children",
        "La Cité des enfants perdus",
    )
    assert (film.year, film.imdb_id, film.vote_count) == (1995, "tt0112682", 0)
    assert [(genre.name, genre.tmdb_id) for genre in film.genres.all()] == [
        ("Science Fiction", 878)
    ]
    assert Movie.objects.get(title="Ikarie").genres.count() == 0
    assert set(Genre.objects.values_list("name", "tmdb_id")) == {
        ("Adventure", 12),
        ("Animation", 16),
        ("Crime", 80),
        ("Family", 10751),
        ("Film-Noir", None),
        ("Science Fiction", 878),
    }


def test_users_are_imported_without_a_usable_password(folder: Path) -> None:
    load(folder)

    users = User.objects.order_by("pk")
    assert [user.email for user in users] == [
        "small-7@movielens.invalid",
        "small-8@movielens.invalid",
    ]
    assert {user.origin for user in users} == {User.Origin.IMPORTED}
    assert not any(is_password_usable(user.password) for user in users)
    assert len({user.password for user in users}) == 2
    assert {len(user.password) for user in users} == {41}


def test_films_with_one_tmdb_id_merge_and_the_newest_rating_wins(folder: Path) -> None:
    report = load(folder)

    assert (report.films_new, report.films_merged, report.ratings_merged) == (4, 1, 1)
    assert scores(user__email="small-7@movielens.invalid") == {"Toy Story": 9, "Heat": 10}
    merged = SourceTitle.objects.filter(movie__tmdb_id=949).order_by("source_id")
    assert [title.source_id for title in merged] == ["3", "4"]


def test_the_moment_of_a_rating_is_the_source_s_and_never_that_of_the_import(folder: Path) -> None:
    load(folder)

    rating = Rating.objects.get(movie__tmdb_id=862)
    assert rating.rated_at == datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
    assert rating.created_at == NOW


def test_without_timestamps_the_moment_is_unknown_and_the_later_line_wins(tmp_path: Path) -> None:
    ratings = NO_TIMES + "\n7,1,2\n"

    report = load(write_folder(tmp_path, {"ratings.csv": ratings}))

    assert set(Rating.objects.values_list("rated_at", flat=True)) == {None}
    assert scores(user__email="small-7@movielens.invalid") == {"Toy Story": 4, "Heat": 10}
    assert (report.ratings_repeated, report.ratings_merged) == (1, 1)


def test_the_newest_of_repeated_ratings_wins_wherever_it_stands(tmp_path: Path) -> None:
    ratings = RATINGS + "7,1,1,999999999\n8,2,4,1000000301\n"

    report = load(write_folder(tmp_path, {"ratings.csv": ratings}))

    assert scores(user__email="small-7@movielens.invalid")["Toy Story"] == 9
    assert scores(user__email="small-8@movielens.invalid")["The City of Lost Children"] == 8
    assert (report.ratings_read, report.ratings_new, report.ratings_repeated) == (7, 4, 2)


@pytest.mark.parametrize(
    "lines",
    [("7,3,3,1000000100", "7,4,5,"), ("7,3,5,", "7,4,3,1000000100")],
    ids=["the dated one first", "the dated one last"],
)
def test_of_merged_ratings_one_with_a_known_moment_wins(
    tmp_path: Path, lines: tuple[str, str]
) -> None:
    ratings = "\n".join(("userId,movieId,rating,timestamp", *lines, ""))

    load(write_folder(tmp_path, {"ratings.csv": ratings}))

    rating = Rating.objects.get(movie__title="Heat")
    assert (rating.score, rating.rated_at) == (6, moment(100))


def test_a_second_import_changes_nothing(folder: Path) -> None:
    first = load(folder)
    before = stored()

    again = import_movielens(location=folder, name="small", at=NOW + timedelta(days=1))

    assert stored() == before
    assert first.changed_rows > 0
    assert again.changed_rows == 0
    assert (again.films_matched, again.users_known, again.users_changed) == (4, 2, 0)
    assert (again.ratings_unchanged, again.ratings_merged) == (4, 1)


def test_a_zip_imports_what_its_folder_does(tmp_path: Path, folder: Path) -> None:
    load(folder)
    before = stored()

    report = load(write_zip(tmp_path / "small.zip", top="ml-small/"))

    assert report.changed_rows == 0
    assert stored() == before


def test_the_name_of_the_data_set_is_that_of_its_folder(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "ML 1m!")

    report = import_movielens(location=folder, at=NOW)

    assert report.name == "ml-1m"
    assert User.objects.filter(email="ml-1m-7@movielens.invalid").exists()


def test_a_dry_run_reports_and_writes_nothing(folder: Path) -> None:
    before = stored()

    report = load(folder, dry_run=True)

    assert (report.films_new, report.users_new, report.ratings_new) == (4, 2, 4)
    assert stored() == before


def test_layouts_may_be_mixed_and_links_given_apart(tmp_path: Path) -> None:
    movies = "1::Toy Story (1995)::Animation|Children's\n9::Misérables, Les (1995)::Drama|Musical\n"
    files = {
        "movies.csv": None,
        "links.csv": None,
        "movies.dat": movies.encode("latin-1"),
        "ratings.csv": "userId,movieId,rating\n7,9,4\n",
    }
    links = tmp_path / "elsewhere.csv"
    links.write_text("movieId,imdbId,tmdbId\n9,0113828,4415\n")

    load(write_folder(tmp_path / "mixed", files), links=links)

    film = Movie.objects.get(tmdb_id=4415)
    assert (film.title, film.imdb_id) == ("Les Misérables", "tt0113828")
    assert set(film.genres.values_list("name", flat=True)) == {"Drama", "Music"}
    assert Movie.objects.get(title="Toy Story").tmdb_id is None


def test_a_known_film_is_matched_and_only_its_empty_facts_are_filled(folder: Path) -> None:
    known = make_movie(tmdb_id=862, title="Toy Story!", year=1996, genres=("Comedy",))

    report = load(folder)

    known.refresh_from_db()
    assert (known.title, known.year, known.imdb_id) == ("Toy Story!", 1996, "tt0114709")
    assert [genre.name for genre in known.genres.all()] == ["Comedy"]
    assert (report.films_new, report.films_matched, report.films_filled) == (3, 1, 1)
    assert Rating.objects.filter(movie=known).count() == 1


def test_a_data_set_without_links_is_linked_by_a_later_one(tmp_path: Path) -> None:
    load(write_folder(tmp_path / "bare", {"links.csv": None}))
    bare = set(Movie.objects.values_list("pk", "title"))

    report = load(write_folder(tmp_path / "linked"))

    # The two films that share a TMDb id exist apart by now, and one of them can hold it.
    assert set(Movie.objects.values_list("pk", "title")) == bare
    assert Movie.objects.get(title="Toy Story").tmdb_id == 862
    assert (report.films_new, report.films_filled, report.films_apart) == (0, 5, 1)


def test_a_tmdb_id_stays_with_the_film_that_holds_it(tmp_path: Path) -> None:
    load(write_folder(tmp_path / "bare", {"links.csv": None}))
    holder = make_movie(tmdb_id=862)

    report = load(write_folder(tmp_path / "linked"))

    assert Movie.objects.get(tmdb_id=862) == holder
    assert Movie.objects.get(title="Toy Story").tmdb_id is None
    assert report.films_apart == 2


def test_imported_users_wait_for_the_batch_build(folder: Path) -> None:
    load(folder)

    tastes = Taste.objects.values_list("revision", "listed_revision", "is_realtime", "changed_at")
    assert list(tastes) == [(1, 0, False, NOW)] * 2


def test_only_users_whose_ratings_change_are_bumped(tmp_path: Path, folder: Path) -> None:
    load(folder)
    changed = RATINGS.replace("8,2,0.5,1000000300", "8,2,1.5,1000000301")

    report = load(write_folder(tmp_path / "later", {"ratings.csv": changed}))

    revisions = dict(Taste.objects.values_list("user__email", "revision"))
    assert revisions == {"small-7@movielens.invalid": 1, "small-8@movielens.invalid": 2}
    assert (report.ratings_updated, report.users_changed, report.changed_rows) == (1, 1, 1)


def test_a_write_of_the_viewer_s_own_that_waits_still_waits_in_real_time(folder: Path) -> None:
    waiting = make_user(email="small-7@movielens.invalid", origin=User.Origin.IMPORTED)
    Taste.objects.create(user=waiting, revision=3, listed_revision=2, is_realtime=True)
    served = make_user(email="small-8@movielens.invalid", origin=User.Origin.IMPORTED)
    Taste.objects.create(user=served, revision=3, listed_revision=3, is_realtime=True)

    load(folder)

    tastes = dict(Taste.objects.values_list("user", "is_realtime"))
    assert tastes == {waiting.pk: True, served.pk: False}


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        pytest.param((3, 1000), "4,2000", (8, 2000), id="the source is newer"),
        pytest.param((3, 2000), "4,1000", (3, 2000), id="what is stored is newer"),
        pytest.param((3, 2000), "4,2000", (8, 2000), id="same moment: the file was corrected"),
        pytest.param((3, 2000), "4,", (3, 2000), id="a known moment outweighs an unknown one"),
        pytest.param((3, None), "4,2000", (8, 2000), id="an unknown moment gives way"),
        pytest.param((8, None), "4,2000", (8, 2000), id="the moment becomes known"),
        pytest.param((3, None), "4,", (8, None), id="no moment is known: the source wins"),
    ],
)
def test_a_stored_rating_gives_way_to_one_that_is_not_older(
    tmp_path: Path, before: tuple[int, int | None], line: str, after: tuple[int, int | None]
) -> None:
    user = make_user(email="small-7@movielens.invalid", origin=User.Origin.IMPORTED)
    movie = make_movie(tmdb_id=862)
    make_rating(user=user, movie=movie, score=before[0], rated_at=moment(before[1]))
    text = f"userId,movieId,rating,timestamp\n7,1,{stamped(line)}\n"

    report = load(write_folder(tmp_path, {"ratings.csv": text}))

    rating = Rating.objects.get(user=user, movie=movie)
    assert (rating.score, rating.rated_at) == (after[0], moment(after[1]))
    assert report.ratings_updated == int(before != after)
    assert report.ratings_kept == int(before == after)


def test_an_account_that_no_import_made_is_left_alone(folder: Path) -> None:
    make_user(email="small-8@movielens.invalid")
    before = stored()

    with pytest.raises(ImportRefusedError, match=r"small-8@movielens.invalid was not made by"):
        load(folder)

    assert stored() == before


def row(text: str, replacement: str) -> str:
    """The sound ratings with one line replaced."""
    assert text in RATINGS
    return RATINGS.replace(text, replacement)


MALFORMED = {
    "no ratings": ({"ratings.csv": None}, "small: it has neither ratings.csv nor ratings.dat"),
    "no movies": ({"movies.csv": None}, "small: it has neither movies.csv nor movies.dat"),
    "empty file": ({"ratings.csv": ""}, "ratings.csv, line 1: the file has no header"),
    "header only": (
        {"ratings.csv": "userId,movieId,rating\n"},
        "ratings.csv, line 1: the file holds no rows",
    ),
    "missing column": (
        {"ratings.csv": RATINGS.replace("movieId", "film")},
        "ratings.csv, line 1: column movieId is missing",
    ),
    "repeated column": (
        {"ratings.csv": RATINGS.replace("timestamp", "rating")},
        "ratings.csv, line 1: column rating is there 2 times",
    ),
    "too few fields": (
        {"ratings.csv": row("8,2,0.5,1000000300", "8,2")},
        "ratings.csv, line 5: 2 fields where 4 are expected",
    ),
    "too many fields": (
        {"movies.csv": MOVIES.replace("Toy Story", "Toy, Story")},
        "movies.csv, line 2: 4 fields where 3 are expected",
    ),
    "user not a number": (
        {"ratings.csv": row("8,2,", "x,2,")},
        "ratings.csv, line 5: user id 'x' is not a whole number",
    ),
    "foreign digits": (
        {"ratings.csv": row("8,2,", "٨,2,")},
        "ratings.csv, line 5: user id '٨' is not a whole number",
    ),
    "user zero": (
        {"ratings.csv": row("8,2,", "0,2,")},
        "ratings.csv, line 5: user id '0' is not between 1 and 2147483647",
    ),
    "a number of a million digits": (
        {"ratings.csv": row("8,2,", f"{'9' * 100_000},2,")},
        f"ratings.csv, line 5: user id '{'9' * 40}…' is not between 1 and 2147483647",
    ),
    "not a half star": (
        {"ratings.csv": row("0.5", "5.7")},
        "ratings.csv, line 5: rating '5.7' is not a half or whole star from 0.5 to 5",
    ),
    "no star": (
        {"ratings.csv": row("0.5", "0")},
        "ratings.csv, line 5: rating '0' is not a half or whole star from 0.5 to 5",
    ),
    "too many stars": (
        {"ratings.csv": row("0.5", "5.5")},
        "ratings.csv, line 5: rating '5.5' is not a half or whole star from 0.5 to 5",
    ),
    "not a rating": (
        {"ratings.csv": row("0.5", "nan")},
        "ratings.csv, line 5: rating 'nan' is not a half or whole star from 0.5 to 5",
    ),
    "milliseconds": (
        {"ratings.csv": row("1000000300", "1000000300000")},
        "ratings.csv, line 5: timestamp '1000000300000' is not a moment from 1990 to 2100",
    ),
    "before MovieLens": (
        {"ratings.csv": row("1000000300", "100000030")},
        "ratings.csv, line 5: timestamp '100000030' is not a moment from 1990 to 2100",
    ),
    "timestamp not a number": (
        {"ratings.csv": row("1000000300", "yesterday")},
        "ratings.csv, line 5: timestamp 'yesterday' is not a whole number of seconds",
    ),
    "unknown movie": (
        {"ratings.csv": row("8,2,", "8,6,")},
        "ratings.csv, line 5: movie 6 is not in the table of movies",
    ),
    "undecodable": (
        {"ratings.csv": row("8,2,", "8\xff,2,").encode("latin-1")},
        "ratings.csv, line 5: it is not text in UTF-8",
    ),
    "open quote": (
        {"movies.csv": MOVIES.replace("3,Heat", '3,"Heat')},
        "movies.csv, line 4: it is not valid CSV from here on (unexpected end of data)",
    ),
    "movie twice": (
        {"movies.csv": f"{MOVIES}1,Toy Story 2 (1999),Comedy\n"},
        "movies.csv, line 7: movie 1 is listed again, first in line 2",
    ),
    "no title": (
        {"movies.csv": MOVIES.replace("Ikarie", " ")},
        "movies.csv, line 6: the title is empty",
    ),
    "control character": (
        {"movies.csv": MOVIES.replace("Ikarie", "Ika\0rie")},
        r"movies.csv, line 6: title 'Ika\x00rie' holds control characters",
    ),
    "long title": (
        {"movies.csv": MOVIES.replace("Ikarie", "I" * 501)},
        f"movies.csv, line 6: title '{'I' * 40}…' is longer than 500 characters",
    ),
    "bad TMDb id": (
        {"links.csv": LINKS.replace("862", "862.0")},
        "links.csv, line 2: TMDb id '862.0' is not a whole number",
    ),
    "large TMDb id": (
        {"links.csv": LINKS.replace("862", "2147483648")},
        "links.csv, line 2: TMDb id '2147483648' is not between 1 and 2147483647",
    ),
    "bad IMDb id": (
        {"links.csv": LINKS.replace("0114709", "nm0114709")},
        "links.csv, line 2: IMDb id 'nm0114709' is not a whole number",
    ),
    "link twice": (
        {"links.csv": f"{LINKS}1,0114709,862\n"},
        "links.csv, line 7: movie 1 is listed again, first in line 2",
    ),
    "cut .dat": (
        {"ratings.csv": None, "ratings.dat": "7::1::4::1000000000\n7::2::4::10000"},
        "ratings.dat, line 2: timestamp '10000' is not a moment from 1990 to 2100",
    ),
    "short .dat": (
        {"ratings.csv": None, "ratings.dat": "7::1::4::1000000000\n7::2"},
        "ratings.dat, line 2: 2 fields where 3 or 4 are expected",
    ),
}


@pytest.mark.parametrize(("files", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_data_set_is_refused_and_nothing_imported(
    tmp_path: Path, files: dict[str, str | bytes | None], message: str
) -> None:
    folder = write_folder(tmp_path / "small", files)
    before = stored()

    with pytest.raises(MovieLensFileError) as refusal:
        load(folder)

    assert str(refusal.value) == message
    assert stored() == before


def test_a_damaged_member_of_a_zip_is_refused_and_nothing_imported(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "small.zip")
    content = archive.read_bytes()
    at = content.index(b"ratings.csv") + len("ratings.csv") + 5
    archive.write_bytes(content[:at] + b"\xff\xff\xff" + content[at + 3 :])
    before = stored()

    with pytest.raises(MovieLensFileError, match=r"^ratings.csv"):
        load(archive)

    assert stored() == before


def moment(offset: int | None) -> datetime | None:
    return None if offset is None else datetime.fromtimestamp(1_000_000_000 + offset, UTC)


def stamped(line: str) -> str:
    stars, _, offset = line.partition(",")
    return f"{stars},{1_000_000_000 + int(offset)}" if offset else f"{stars},"
