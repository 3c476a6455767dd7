"""What runs on top of the servers: one table, from which deployment files repeat the commands."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack import probes
from stack.ports import LOOPBACK
from stack.state import State

ROOT = Path(__file__).resolve().parents[1]
SETTINGS_MODULE = "movie_backend.settings.local"

# The workers hand unfinished tasks back to the queue after Celery's soft shutdown time-out;
# what takes longer than this is killed, and its messages are delivered again.
STOP_SECONDS = 20

# Longer than it takes to import the platform and to fail.
BEAT_STEADY_SECONDS = 3

# Under prefork every child would otherwise start as many BLAS threads as there are cores.
WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    # A warm shutdown on SIGTERM waits for the longest task; with SIGQUIT the soft one applies.
    "REMAP_SIGTERM": "SIGQUIT",
}


@dataclass(frozen=True)
class Program:
    """A process that is kept running.

    It is ready once `is_ready` says that it does its work and it has run for `steady_seconds`.
    """

    name: str
    argv: tuple[str, ...]
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    steady_seconds: int = 0


@dataclass(frozen=True)
class Step:
    """A command that must succeed before the programs start. Safe to repeat."""

    name: str
    title: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Platform:
    """Everything `up` has to know about what it runs."""

    root: Path
    steps: Callable[[State], tuple[Step, ...]]
    programs: Callable[[State], tuple[Program, ...]]
    sources: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    # What the programs read from the environment of `up`; a change of it starts them anew.
    variables: tuple[str, ...] = ()


def _python(*arguments: str) -> tuple[str, ...]:
    # `-m` and not the scripts of bin/: their first line breaks when the project is moved.
    return (sys.executable, *arguments)


def _celery(*arguments: str) -> tuple[str, ...]:
    return _python("-m", "celery", "-A", "workers", *arguments)


def nexus_steps(state: State) -> tuple[Step, ...]:
    return (
        Step("migrate", "Migrating the database", _python("manage.py", "migrate", "--no-input")),
        Step(
            "prepare",
            "Loading the starter set and training the first model",
            _python("manage.py", "prepare_platform"),
            {
                "NEXUS_ADMIN_EMAIL": state.admin.name,
                "NEXUS_ADMIN_PASSWORD": state.admin.password,
            },
        ),
    )


def nexus_programs(state: State) -> tuple[Program, ...]:
    flower_login = (state.flower.name, state.flower.password)
    return (
        Program(
            "web",
            _python(
                *("-m", "gunicorn", "movie_backend.wsgi:application"),
                *("--bind", f"{LOOPBACK}:{state.ports.web}"),
                # Threads, because a browser's idle connection would hold a whole process.
                *("--workers", "2", "--threads", "4"),
                *("--timeout", "30", "--graceful-timeout", "10", "--keep-alive", "5"),
                *("--access-logfile", "-", "--no-control-socket"),
            ),
            lambda: probes.answers(f"{state.web_url}/api/v1/movies/?page_size=1"),
        ),
        _worker("realtime", state, queues="realtime,maintenance", concurrency=2),
        _worker("batch", state, queues="batch,training,catalog", concurrency=1),
        # Beat has no door to knock at: that it keeps running is all that can be seen.
        Program(
            "beat",
            _celery("beat", "--pidfile=", "--loglevel", "INFO"),
            lambda: True,
            WORKER_ENVIRONMENT,
            steady_seconds=BEAT_STEADY_SECONDS,
        ),
        Program(
            "flower",
            _celery(
                "flower",
                f"--address={LOOPBACK}",
                f"--port={state.ports.flower}",
                # The sweep alone adds 43,000 a day; by default Flower keeps 100,000 in memory.
                "--max-tasks=5000",
            ),
            lambda: probes.is_guarded(f"{state.flower_url}/workers", login=flower_login),
            {"FLOWER_BASIC_AUTH": ":".join(flower_login), "FLOWER_PERSISTENT": "false"},
        ),
    )


def _worker(name: str, state: State, *, queues: str, concurrency: int) -> Program:
    return Program(
        name,
        _celery(
            *("worker", "-Q", queues, "-c", str(concurrency), "-n", f"{name}@%h"),
            # Workers here have nothing to tell each other; asking costs a second at each start.
            *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        ),
        lambda: probes.worker_answers(state.redis_url, name),
        WORKER_ENVIRONMENT,
    )


NEXUS = Platform(
    root=ROOT,
    steps=nexus_steps,
    programs=nexus_programs,
    sources=("platform", "services", "workers", "manage.py", "requirements/local.txt"),
    environment={"DJANGO_SETTINGS_MODULE": SETTINGS_MODULE, "PYTHONUNBUFFERED": "1"},
    variables=(
        "ALLOWED_HOSTS",
        "CELERY_LOG_LEVEL",
        "DATASETS_DIR",
        "DEBUG",
        "GROUPLENS_URL",
        "LOG_LEVEL",
        "METRICS_DIR",
        "METRICS_TOKEN",
        "REALTIME_HIGH_WATER_MARK",
        "RECOMMENDER_CACHE_DIR",
        "RECOMMENDER_MIN_RATINGS_PER_USER",
        "RECOMMENDER_MIN_USERS",
        "SIMULATED_VIEWERS",
        "STATEMENT_TIMEOUT_MS",
    ),
)


def command_environment(platform: Platform, state: State) -> dict[str, str]:
    """The environment of a command that works on the running platform."""
    folder = Path(sys.executable).parent
    return {
        **os.environ,
        **platform.environment,
        **state.settings,
        "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
