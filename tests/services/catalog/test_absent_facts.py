import pytest

from apps.movies.models import Movie
from services.tmdb.payloads.movies import parse_movie

from .films import BLOCKS, FACTS, details, store

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("absent", ["genres", "production_companies"])
def test_a_list_that_the_body_lacks_leaves_what_is_stored(absent: str) -> None:
    store(details())
    before = {
        name: list(getattr(Movie.objects.get(tmdb_id=FACTS["id"]), name).values())
        for name in ("genres", "companies")
    }
    body = {name: value for name, value in (FACTS | BLOCKS).items() if name != absent}

    store(parse_movie(body).value)

    assert {
        name: list(getattr(Movie.objects.get(tmdb_id=FACTS["id"]), name).values())
        for name in before
    } == before
    assert all(before.values())


def test_a_blank_title_of_a_film_that_is_known_leaves_its_title() -> None:
    store(details(title="Alien"))

    store(details(title=" ", original_title=""))

    assert Movie.objects.get(tmdb_id=FACTS["id"]).title == "Alien"


def test_a_film_that_has_no_title_anywhere_is_here_all_the_same() -> None:
    store(details(title=" ", original_title=""))

    assert Movie.objects.get(tmdb_id=FACTS["id"]).title == "Untitled"
