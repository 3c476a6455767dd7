"""Workers that nobody waits for give way to those for viewers."""

import os
import subprocess
import sys

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
