"""Genres are named by TMDb where it has them; their slugs are the operators'."""

import pytest
from django.test import Client

from apps.movies.models import Genre
from tests.apps.admin_pages import client_of, url
from tests.factories import make_genre, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    return client_of(make_user(is_staff=True, is_superuser=True))


def test_of_a_genre_from_tmdb_the_slug_alone_is_edited(operator: Client) -> None:
    genre = Genre.objects.create(name="Horror", slug="horror", tmdb_id=27)

    sent = {"name": "Scary", "slug": "scary", "tmdb_id": "27"}
    response = operator.post(url(Genre, "change", genre.pk), sent)

    genre.refresh_from_db()
    assert response.status_code == 302
    assert (genre.name, genre.slug) == ("Horror", "scary")


def test_another_genre_is_renamed(operator: Client) -> None:
    genre = make_genre("Horror")

    operator.post(url(Genre, "change", genre.pk), {"name": "Scary", "slug": "horror"})

    genre.refresh_from_db()
    assert (genre.name, genre.slug) == ("Scary", "horror")


@pytest.mark.parametrize("slug", ["1", "00", "2147483648"])
def test_a_slug_of_digits_alone_is_refused(operator: Client, slug: str) -> None:
    response = operator.post(url(Genre, "add"), {"name": "Horror", "slug": slug})

    assert response.context["adminform"].form.errors == {
        "slug": ["Digits alone are taken for a genre's id."]
    }
    assert not Genre.objects.exists()


def test_a_slug_that_has_digits_is_taken(operator: Client) -> None:
    operator.post(url(Genre, "add"), {"name": "3D", "slug": "3d"})

    assert Genre.objects.get().slug == "3d"
