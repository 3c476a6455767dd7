"""The admin opens for operators, edits nothing that only workers write, and counts little."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from apps.core.model_admins import COUNTED_ROWS, ReadOnlyAdmin
from apps.favorites.models import Favorite, Rating, Taste
from apps.movies.models import Genre, Movie, SourceTitle
from apps.recommendations.models import (
    ActiveGeneration,
    Generation,
    GenerationShard,
    ModelChunk,
    ModelVersion,
    RecommendationList,
)
from apps.users.models import User
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_favorite,
    make_generation,
    make_list,
    make_movie,
    make_rating,
    make_user,
)

pytestmark = pytest.mark.django_db

EDITABLE = [User, Movie, Genre]
READ_ONLY = [
    SourceTitle,
    Favorite,
    Rating,
    Taste,
    ModelVersion,
    ModelChunk,
    Generation,
    GenerationShard,
    ActiveGeneration,
    RecommendationList,
]
EVERY = [*EDITABLE, *READ_ONLY]


def url(model: Any, page: str, *args: object) -> str:
    app = model.__module__.split(".")[1]
    return reverse(f"admin:{app}_{model.__name__.lower()}_{page}", args=args)


@pytest.fixture
def operator(client: Client) -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def rows() -> None:
    viewer, movie = make_user(), make_movie(genres=("Drama",))
    generation = make_generation(active=True)
    make_rating(user=viewer, movie=movie)
    make_favorite(user=viewer, movie=movie)
    make_list(user=viewer, generation=generation, movies=[movie])
    Taste.objects.create(user=viewer)
    SourceTitle.objects.create(source="movielens", source_id="1", movie=movie)
    GenerationShard.objects.create(generation=generation, number=0, first_user_id=1, last_user_id=9)
    ModelChunk.objects.create(
        model_version=generation.model_version, array="weights", number=0, data=b"secret-bytes"
    )


def test_every_model_of_ours_is_registered() -> None:
    ours = {model for model in apps.get_models() if model.__module__.startswith("apps.")}

    assert ours == set(EVERY)
    assert all(admin.site.is_registered(model) for model in ours)


@pytest.mark.parametrize("model", EVERY)
def test_each_page_opens(operator: Client, rows: None, model: Any) -> None:
    row = model.objects.first()

    assert operator.get(url(model, "changelist")).status_code == 200
    page = operator.get(url(model, "change", row.pk))
    assert page.status_code == 200
    assert b"secret-bytes" not in page.content


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_only_workers_and_viewers_write_is_not_edited(
    operator: Client, rows: None, model: Any
) -> None:
    before = list(model.objects.values())
    row = model.objects.first()

    assert isinstance(admin.site.get_model_admin(model), ReadOnlyAdmin)
    assert operator.get(url(model, "add")).status_code == 403
    assert operator.post(url(model, "change", row.pk), {}).status_code == 403
    assert operator.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert list(model.objects.values()) == before


@pytest.mark.parametrize("model", [m for m in EVERY if m is not Genre])
def test_no_page_counts_a_whole_table(operator: Client, rows: None, model: Any) -> None:
    with captured_queries() as statements:
        operator.get(url(model, "changelist"))

    counts = [sql for sql in statements if sql.startswith("SELECT COUNT(")]
    assert counts
    assert not [sql for sql in counts if f"LIMIT {COUNTED_ROWS}" not in sql]


@pytest.mark.parametrize("term", ["ALIEN", "alien", "603", "9" * 30, "%", "x@example.com"])
@pytest.mark.parametrize("model", EVERY)
def test_a_search_for_anything_answers(operator: Client, rows: None, model: Any, term: str) -> None:
    assert operator.get(url(model, "changelist"), {"q": term}).status_code == 200


def test_an_account_is_deleted_with_all_that_is_its_own(operator: Client, rows: None) -> None:
    viewer = Rating.objects.get().user

    page = operator.get(url(User, "delete", viewer.pk))
    response = operator.post(url(User, "delete", viewer.pk), {"post": "yes"})

    assert viewer.email.encode() in page.content
    assert response.status_code == 302
    assert not User.objects.filter(pk=viewer.pk).exists()
    for model in (Rating, Favorite, Taste, RecommendationList):
        assert not model.objects.exists()


def test_an_operator_adds_an_account_by_address(operator: Client) -> None:
    response = operator.post(
        url(User, "add"),
        {
            "email": "New@Example.com",
            "usable_password": "true",
            "password1": "correct horse battery staple",
            "password2": "correct horse battery staple",
        },
    )

    assert response.status_code == 302
    assert User.objects.get(email="new@example.com").check_password("correct horse battery staple")
