"""A process that is killed with -9 in the middle of a range, as the kernel does to large ones."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from django.db import connection, transaction
from pytest_django import Settings

from apps.recommendations import actions
from apps.recommendations.models import ModelVersion
from services.recommendations import gram_cache
from services.recommender.arrays import FloatArray
from tests.apps.locks import wait_until_blocked

from .conftest import FakeClock, add_slice, advance_training
from .rated_films import rate_at_random

ROOT = Path(__file__).resolve().parents[3]
USERS = 12


def database_url() -> str:
    known = connection.settings_dict
    login = f"{known['USER']}:{quote(known['PASSWORD'], safe='')}"
    return f"postgresql://{login}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


def found_products(version: ModelVersion) -> FloatArray:
    gram = gram_cache.find_gram(version)
    assert gram is not None
    return gram.products


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_in_mid_range_is_gone_on_from(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, clock: FakeClock, cache: Path
) -> None:
    """It has the host's lock and has read one of the last two ranges by half."""
    settings.RECOMMENDER_MIN_USERS = 8
    monkeypatch.setattr(gram_cache, "EVENTS_PER_RANGE", 12)
    rate_at_random(users=USERS, films=12, each=6)
    version = actions.request_training()
    advance_training(version, clock)
    version.refresh_from_db()
    for _ in range(2):
        add_slice(version)
    expected = np.array(found_products(version))
    gram_cache.drop(version)
    assert add_slice(version) == 2 * gram_cache.RANGES_PER_SLICE

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE favorites_favorite IN ACCESS EXCLUSIVE MODE")
        with subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.summing_process", str(version.pk), str(cache)],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url()},
        ) as process:
            try:
                wait_until_blocked()
            finally:
                process.kill()

    with gram_cache.one_on_this_host():
        assert gram_cache.find_gram(version) is None
        assert add_slice(version) == USERS
    np.testing.assert_array_equal(found_products(version), expected)
