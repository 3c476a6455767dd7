"""Hand edits of films are checked by the form, and where it is cheap by the database too."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from apps.movies.models import EARLIEST_YEAR, LATEST_YEAR, MAX_VOTE, Movie
from tests.apps.admin_pages import client_of, url
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


@pytest.fixture
def film() -> Movie:
    return make_movie(title="Alien", imdb_id="tt0078748", vote_average=8.2, poster_path="/a.jpg")


def post(operator: Client, film: Movie, **changed: Any) -> Any:
    address = url(Movie, "change", film.pk)
    form = operator.get(address).context["adminform"].form
    fields = {name: "" if value is None else value for name, value in form.initial.items()}
    return operator.post(address, fields | changed)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("vote_average", "10.1", f"at most {MAX_VOTE}"),
        ("vote_average", "-0.1", "at least 0"),
        ("vote_average", "nan", "Enter a number"),
        ("poster_path", "a.jpg", "like /abc123.jpg"),
        ("poster_path", "/a.exe", "like /abc123.jpg"),
        ("poster_path", "/../../etc/passwd", "like /abc123.jpg"),
        ("poster_path", "//evil.example/a.jpg", "like /abc123.jpg"),
        ("backdrop_path", "https://evil.example/a.jpg", "like /abc123.jpg"),
        ("imdb_id", "0078748", "tt0078748"),
        ("imdb_id", "tt123456", "tt0078748"),
        ("imdb_id", "tt12345678901", "at most 12"),
        ("imdb_id", "tt" + 7 * "\N{ARABIC-INDIC DIGIT SEVEN}", "tt0078748"),
        ("tmdb_id", "0", "positive"),
        ("tmdb_id", "-5", "positive"),
        ("tmdb_id", "9" * 12, "less than or equal to 2147483647"),
        ("year", str(EARLIEST_YEAR - 1), f"older than {EARLIEST_YEAR}"),
        ("year", str(LATEST_YEAR + 1), f"at most {LATEST_YEAR}"),
        ("title", "", "required"),
    ],
)
def test_a_wrong_edit_is_refused_with_its_reason(
    operator: Client, film: Movie, field: str, value: str, message: str
) -> None:
    before = Movie.objects.values().get()

    response = post(operator, film, **{field: value})

    errors = response.context["adminform"].form.errors
    assert set(errors) == {field}
    assert message in errors[field][0]
    assert Movie.objects.values().get() == before


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("vote_average", "10", 10.0),
        ("vote_average", "", None),
        ("poster_path", "/kqjL17yufvn9OVLyXYpvtyrFfak.jpg", "/kqjL17yufvn9OVLyXYpvtyrFfak.jpg"),
        ("backdrop_path", "", ""),
        ("imdb_id", "tt1234567890", "tt1234567890"),
        ("imdb_id", "", None),
        ("year", str(LATEST_YEAR), LATEST_YEAR),
    ],
)
def test_a_right_edit_is_kept(
    operator: Client, film: Movie, field: str, value: str, stored: object
) -> None:
    assert post(operator, film, **{field: value}).status_code == 302

    film.refresh_from_db()
    assert getattr(film, field) == stored


@pytest.mark.parametrize("vote", [-0.1, 10.1])
def test_the_database_refuses_a_vote_out_of_range(film: Movie, vote: float) -> None:
    with pytest.raises(IntegrityError, match="movie_vote_average_range"), transaction.atomic():
        Movie.objects.filter(pk=film.pk).update(vote_average=vote)

    assert Movie.objects.get().vote_average == 8.2
