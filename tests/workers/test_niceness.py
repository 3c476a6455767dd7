"""Workers that nobody waits for give way to those for viewers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workers import niceness

PRINT_IT = """
import os
from workers.niceness import be_at_least
be_at_least(10)
be_at_least(3)
print(os.nice(0))
"""


@pytest.mark.parametrize(
    ("queues", "gives_way"),
    [
        ({"batch", "training", "mail"}, True),
        ({"catalog"}, True),
        ({"batch", "training", "catalog", "mail"}, True),
        ({"realtime", "maintenance"}, False),
        ({"realtime", "maintenance", "batch", "training", "catalog", "mail"}, False),
        ({"mail"}, False),
    ],
)
def test_the_queues_that_a_worker_reads_decide(queues: set[str], *, gives_way: bool) -> None:
    assert niceness.is_background(queues) is gives_way


def test_a_worker_gets_nicer_and_never_less_nice() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test"}

    printed = subprocess.run(
        [sys.executable, "-c", PRINT_IT],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )

    assert int(printed.stdout) == max(10, os.nice(0))


PRINT_GROUP = """
from pathlib import Path
from workers.niceness import be_at_least
be_at_least(10)
print(Path("/proc/self/autogroup").read_text().split()[-1])
"""


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this kernel has no groups of sessions"
)
@pytest.mark.parametrize("is_own_session", [True, False])
def test_the_group_of_a_worker_that_is_a_session_gives_way_too(*, is_own_session: bool) -> None:
    before = int(Path("/proc/self/autogroup").read_text(encoding="ascii").split()[-1])

    printed = subprocess.run(
        [sys.executable, "-c", PRINT_GROUP],
        capture_output=True,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test"},
        start_new_session=is_own_session,
        check=True,
    )

    assert int(printed.stdout) == (10 if is_own_session else before)
