"""A platform of two light programs beside the real servers: `python -m tests.stack.light up`.

It is brought up and down by the code that does so for Nexus; only the table is another.
"""

import os
import sys
from pathlib import Path

import redis

from stack import probes
from stack.__main__ import main
from stack.programs import Platform, Program, Step
from stack.state import Folder, State

ROOT = Path(__file__).resolve().parents[2]


def steps(_: State) -> tuple[Step, ...]:
    log = os.environ["LIGHT_STEP_LOG"]
    script = os.environ.get("LIGHT_STEP", "")
    count = f"open({log!r}, 'a').write('x'); print('one row was written')"
    command = (sys.executable, "-c", f"{count}\n{script}")
    return (Step("migrate", "Migrating", command, is_reported=True),)


def programs(state: State, _: Folder) -> tuple[Program, ...]:
    port = str(state.ports.web)
    served = ("-m", "http.server", port, "--bind", "127.0.0.1", "--directory", str(ROOT / "docs"))
    return (
        Program("web", (sys.executable, *served), lambda: probes.answers(state.web_url)),
        Program("worker", (sys.executable, "-m", "tests.stack.light_worker"), lambda: works(state)),
    )


def works(state: State) -> bool:
    """Whether the worker does its work: what merely runs may be about to fail."""
    try:
        with redis.Redis.from_url(state.redis_url, socket_timeout=probes.TIMEOUT_SECONDS) as broker:
            return bool(broker.exists("worker:pid"))
    except redis.RedisError:
        return False


LIGHT = Platform(
    root=ROOT,
    steps=steps,
    programs=programs,
    sources=(os.environ.get("LIGHT_SOURCES", "tests/stack/light.py"),),
    variables=("LIGHT_SETTING",),
    scratch=("counts",),
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], LIGHT))
