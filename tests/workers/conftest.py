from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from tests.services.catalog.conftest import tmdb
from tests.workers.messages import drain

__all__ = ["broker", "tmdb"]


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """Without messages, before the test and after it."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        drain(client)
        yield client
        drain(client)
