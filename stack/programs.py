"""What runs on top of the servers: one table, from which deployment files repeat the commands."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack import probes
from stack.ports import LOOPBACK
from stack.state import Folder, State

ROOT = Path(__file__).resolve().parents[1]
SETTINGS_MODULE = "movie_backend.settings.local"

# The workers hand unfinished tasks back to the queue after Celery's soft shutdown time-out;
# what takes longer than this is killed, and its messages are delivered again.
STOP_SECONDS = 20

# Longer than it takes to import the platform and to fail: while a beat ends again and again, the
# heartbeat of the one before still counts as fresh.
BEAT_STEADY_SECONDS = 3

# Beneath `.local/`; what it holds counts from the start of the programs.
METRICS = "metrics"

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
    # Whether what it says is for whoever starts the platform, and not for the log alone.
    is_reported: bool = False


@dataclass(frozen=True)
class Platform:
    """Everything `up` has to know about what it runs."""

    root: Path
    steps: Callable[[State], tuple[Step, ...]]
    programs: Callable[[State, Folder], tuple[Program, ...]]
    sources: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    # What the programs read from the environment of `up`; a change of it starts them anew.
    variables: tuple[str, ...] = ()
    # Folders beneath `.local/` that are emptied before the programs start from nothing.
    scratch: tuple[str, ...] = ()


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
            is_reported=True,
        ),
    )


def nexus_programs(state: State, folder: Folder) -> tuple[Program, ...]:
    """The commands of Procfile and docker-compose.yml; what differs is in the environment."""
    metrics = {"METRICS_DIR": os.path.relpath(folder.path / METRICS, ROOT)}
    return (
        _web(state, metrics),
        _push(state, metrics),
        _worker("realtime", state, metrics, queues="realtime,maintenance", concurrency=2),
        _worker("batch", state, metrics, queues="batch,training,mail", concurrency=1),
        # A sync asks TMDb for hours, which no mail and no build should have to wait for.
        _worker("catalog", state, metrics, queues="catalog", concurrency=2),
        Program(
            "beat",
            _celery("beat", "--pidfile=", "--loglevel", "INFO"),
            # That it ticks is seen by the web processes, and with it all that the rest does.
            lambda: probes.answers(f"{state.web_url}/health/ready"),
            WORKER_ENVIRONMENT,
            steady_seconds=BEAT_STEADY_SECONDS,
        ),
        _flower(state),
    )


def _web(state: State, metrics: Mapping[str, str]) -> Program:
    return Program(
        "web",
        _python(
            *("-m", "gunicorn", "--config", "python:movie_backend.gunicorn"),
            "movie_backend.wsgi:application",
        ),
        lambda: probes.answers(f"{state.web_url}/health/live"),
        {"WEB_ADDRESS": LOOPBACK, "PORT": str(state.ports.web), **metrics},
    )


def _push(state: State, metrics: Mapping[str, str]) -> Program:
    return Program(
        "push",
        _python("-m", "movie_backend.push"),
        lambda: probes.answers(f"{state.push_url}/health/live"),
        {"PUSH_ADDRESS": LOOPBACK, "PUSH_PORT": str(state.ports.push), **metrics},
    )


def _worker(
    name: str, state: State, metrics: Mapping[str, str], *, queues: str, concurrency: int
) -> Program:
    return Program(
        name,
        _celery(
            *("worker", "-Q", queues, "-c", str(concurrency), "-n", f"{name}@%h"),
            # Workers here have nothing to tell each other; asking costs a second at each start.
            *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        ),
        lambda: probes.worker_answers(state.redis_url, name),
        {**WORKER_ENVIRONMENT, **metrics},
    )


def _flower(state: State) -> Program:
    login = (state.flower.name, state.flower.password)
    return Program(
        "flower",
        _celery("flower", "--conf=workers/flower.py"),
        lambda: probes.is_guarded(f"{state.flower_url}/workers", login=login),
        {
            "FLOWER_ADDRESS": LOOPBACK,
            "FLOWER_PORT": str(state.ports.flower),
            "FLOWER_BASIC_AUTH": ":".join(login),
        },
    )


NEXUS = Platform(
    root=ROOT,
    steps=nexus_steps,
    programs=nexus_programs,
    sources=("platform", "services", "workers", "manage.py", "requirements/local.txt"),
    environment={
        "DJANGO_SETTINGS_MODULE": SETTINGS_MODULE,
        "PYTHONUNBUFFERED": "1",
        # Only the programs that are counted get one.
        "METRICS_DIR": "",
    },
    scratch=(METRICS,),
    variables=(
        "ALERT_EMAILS",
        "ALLOWED_HOSTS",
        "BACKGROUND_NICENESS",
        "BACKGROUND_PATIENCE_SECONDS",
        "CELERY_LOG_LEVEL",
        "COMPRESS_ANSWERS",
        "CORS_ALLOWED_ORIGINS",
        "DATASETS_DIR",
        "DEBUG",
        "DEFAULT_FROM_EMAIL",
        "EMAIL_URL",
        "EMAIL_VERIFICATION_URL",
        "FILM_CACHE_MEGABYTES",
        "FORWARDED_ALLOW_IPS",
        "FRESHNESS_OBJECTIVE_SECONDS",
        "GROUPLENS_URL",
        "HEALTH_BEAT_SECONDS",
        "HEALTH_CANARY_SECONDS",
        "HEALTH_MAX_AGE_SECONDS",
        "HEALTH_TIMEOUT_SECONDS",
        "HOME_CACHE_MEGABYTES",
        "HOME_CACHE_SECONDS",
        "IMPRESSION_RETENTION_DAYS",
        "LOCK_TIMEOUT_MS",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "METRICS_NAME",
        "METRICS_TOKEN",
        "PASSWORD_RESET_URL",
        "PUSH_HEARTBEAT_SECONDS",
        "PUSH_MAX_STREAMS",
        "PUSH_MAX_STREAMS_PER_VIEWER",
        "PUSH_THREADS",
        "PUSH_URL",
        "REALTIME_HIGH_WATER_MARK",
        "RECOMMENDER_CACHE_DIR",
        "RECOMMENDER_GATE_MARGIN",
        "RECOMMENDER_MAX_CHURN",
        "RECOMMENDER_MIN_RATINGS_PER_USER",
        "RECOMMENDER_MIN_USERS",
        "RECOMMENDER_MODEL",
        "RECOMMENDER_PIPELINE",
        "SIMULATED_VIEWERS",
        "STATEMENT_TIMEOUT_MS",
        "STATIC_ROOT",
        "THROTTLE_ANONYMOUS",
        "THROTTLE_EVENTS_USER",
        "THROTTLE_EXPLANATION_USER",
        "THROTTLE_EXPORT_USER",
        "THROTTLE_FEEDBACK_USER",
        "THROTTLE_LOGIN_ACCOUNT",
        "THROTTLE_LOGIN_ADDRESS",
        "THROTTLE_MAIL_ACCOUNT",
        "THROTTLE_MAIL_ADDRESS",
        "THROTTLE_MAIL_TOKEN_ADDRESS",
        "THROTTLE_PASSWORD_USER",
        "THROTTLE_REFRESH_USER",
        "THROTTLE_REGISTER_ACCOUNT",
        "THROTTLE_REGISTER_ADDRESS",
        "THROTTLE_STREAM_USER",
        "THROTTLE_USER",
        "TMDB_API_KEY",
        "TMDB_API_TOKEN",
        "TMDB_CACHE_DAYS",
        "TMDB_CONNECT_TIMEOUT_SECONDS",
        "TMDB_EXPORT_URL",
        "TMDB_FETCH_THREADS",
        "TMDB_FIRST_TITLES",
        "TMDB_LANGUAGE",
        "TMDB_LIST_PAGES",
        "TMDB_POSTER_LANGUAGES",
        "TMDB_READ_TIMEOUT_SECONDS",
        "TMDB_REFRESH_DAYS",
        "TMDB_REGION",
        "TMDB_REQUESTS_PER_SECOND",
        "TMDB_TRENDING_HOURLY",
        "TMDB_URL",
        "TRUSTED_PROXY_COUNT",
        "WEB_CONCURRENCY",
        "WEB_THREADS",
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
