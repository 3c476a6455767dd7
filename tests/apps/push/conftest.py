from collections.abc import Iterator

import pytest
from django.utils import timezone

from apps.recommendations.models import Generation
from apps.users.models import User
from tests.factories import make_generation, make_user

from .server import PushServer


@pytest.fixture(scope="session")
def push(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[PushServer]:
    """Looks at rows only when it is nudged; each test has viewers of its own."""
    with PushServer(tmp_path_factory.mktemp("push")).running() as server:
        yield server


@pytest.fixture
def viewer(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def generation(transactional_db: None) -> Generation:
    return make_generation(active=True, activated_at=timezone.now())
