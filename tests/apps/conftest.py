from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from copy import deepcopy

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings
from rest_framework.test import APIClient

from apps.movies import images
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.admin_pages import client_of as admin_client_of
from tests.apps.admin_pages import make_operator_with_rows
from tests.apps.api import client_of
from tests.apps.operations import World, make_world
from tests.apps.query_counts import counted
from tests.factories import make_movie, make_user
from tests.made_once import made_once


@pytest.fixture(autouse=True)
def tmdb_is_configured(settings: Settings) -> None:
    """Nothing here sends a request to TMDb; operators can ask for syncs."""
    settings.TMDB_API_TOKEN = "of-tests"


@pytest.fixture(autouse=True)
def _image_sizes_are_read_anew() -> Iterator[None]:
    """Processes remember them for minutes; tests must not remember those of another test."""
    images.known.forget()
    yield
    images.known.forget()


@pytest.fixture
def viewer(db: None) -> User:
    return make_user()


@pytest.fixture
def viewer_client(viewer: User) -> APIClient:
    return client_of(viewer)


@pytest.fixture
def movie(db: None) -> Movie:
    return make_movie(genres=("Horror", "Science Fiction"))


@pytest.fixture(scope="module")
def world_of_module(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with made_once(django_db_blocker, make_world) as world:
        yield world


@pytest.fixture
def world(world_of_module: World, db: None) -> World:
    """The module's; what a test does to its rows and objects, no other test sees."""
    return deepcopy(world_of_module)


@pytest.fixture(scope="module")
def operator_of_module(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    with made_once(django_db_blocker, make_operator_with_rows) as account:
        yield account


@pytest.fixture
def operator(operator_of_module: User, db: None) -> Client:
    """Logged in at an admin that has a row in every table; no other test sees what one does."""
    return admin_client_of(deepcopy(operator_of_module))


@pytest.fixture
def count_queries() -> Callable[[str], AbstractContextManager[None]]:
    return counted
