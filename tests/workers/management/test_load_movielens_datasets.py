"""Names of data sets against the real ones: zipped, published by the stand-in and loaded."""

import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from apps.favorites.models import Rating
from apps.movies.models import Movie, SourceTitle
from apps.users.models import User
from services.imports.grouplens.data_sets import DATA_SETS
from services.imports.movielens_files import find_files, find_links, read_links, read_movies
from services.imports.movielens_titles import TitleParts, parse_title
from tests.services.imports.grouplens.server import Fault, GroupLens

pytestmark = pytest.mark.datasets


def zipped(folder: Path) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"{folder.name}/{path.name}")
    return buffer.getvalue()


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_ml_latest_small_arrives_whole_over_a_bad_connection(
    datasets: Path, grouplens: GroupLens, settings: Settings, tmp_path: Path
) -> None:
    content = zipped(datasets / "data" / "ml-latest-small")
    grouplens.publish("ml-latest-small.zip", content)
    grouplens.fail("ml-latest-small.zip", Fault(cut_after=300_000), Fault(cut_after=300_000))
    settings.GROUPLENS_URL = grouplens.url
    settings.DATASETS_DIR = tmp_path

    output = StringIO()
    call_command("load_movielens", "small", "--accept-licence", stdout=output)

    assert len(grouplens.asked_for("ml-latest-small.zip")) == 3
    assert (User.objects.count(), Rating.objects.count()) == (610, 100_835)
    assert (Movie.objects.count(), SourceTitle.objects.count()) == (9_741, 9_742)
    assert "Licence, citation and contents: ml-latest-small/README.txt in it." in output.getvalue()


@pytest.mark.parametrize(
    ("key", "readme"), [("small", "ml-latest-small/README.txt"), ("1m", "ml-1m/README")]
)
def test_the_summary_agrees_with_the_licence_on_redistribution(
    datasets: Path, key: str, readme: str
) -> None:
    licence = " ".join((datasets / "data" / readme).read_text().split())

    forbidden = "may not redistribute the data without separate permission" in licence
    allowed = "may redistribute the data set, including transformations, so long as" in licence

    assert forbidden != allowed
    assert ("without separate permission" in DATA_SETS[key].redistribution) == forbidden
    assert ("under these same licence conditions" in DATA_SETS[key].redistribution) == allowed


def titles(folder: Path) -> dict[int, TitleParts]:
    return {row.movie_id: parse_title(row.title) for row in read_movies(find_files(folder).movies)}


def test_movielens_numbers_films_alike_in_all_its_sets(datasets: Path) -> None:
    """Which is why the links of ml-latest-small serve for ml-1m; titles differ in spelling."""
    ours = titles(datasets / "data" / "ml-1m")
    theirs = titles(datasets / "data" / "ml-latest-small")
    links = read_links(find_links(datasets / "data" / "ml-latest-small"))
    common = ours.keys() & theirs.keys()

    same_title = [movie for movie in common if ours[movie].title == theirs[movie].title]
    same_year = [
        movie for movie in common if abs((ours[movie].year or 0) - (theirs[movie].year or 0)) <= 1
    ]

    assert (len(ours), len(common)) == (3_883, 2_949)
    assert len(ours.keys() & {row.movie_id for row in links if row.tmdb_id}) == 2_946
    assert (len(same_title), len(same_year)) == (2_837, 2_940)
