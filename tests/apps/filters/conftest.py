from collections.abc import Iterator
from copy import deepcopy

import pytest
from pytest_django import DjangoDbBlocker

from tests.made_once import made_once

from .rows import Catalogue, make_catalogue


@pytest.fixture(scope="module")
def catalogue_of_module(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Catalogue]:
    with made_once(django_db_blocker, make_catalogue) as made:
        yield made


@pytest.fixture
def catalogue(catalogue_of_module: Catalogue, db: None) -> Catalogue:
    return deepcopy(catalogue_of_module)
