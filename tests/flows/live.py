"""A whole platform on a database and a broker of its own: HTTP in front, SQL to look behind."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import redis
import requests

from stack.ports import free_port
from stack.servers import Valkey

from .processes import ROOT, PlatformProcess, celery, python

START_SECONDS = 60
SETTLE_SECONDS = 40
POLL_SECONDS = 0.05
# For processes whose lines run in others or in tests of their own: tracing costs half.
UNTRACED = {"COVERAGE_PROCESS_CONFIG": ""}
# Of a platform's processes, those whose lines no test without processes runs. What the others
# run, requests and the building of lists, has tests of its own.
TRACED = ("realtime", "beat")
PASSWORD = "correct horse battery staple"
_numbers = count(1)


@dataclass(eq=False)
class Viewer:
    """A registered viewer with a token."""

    id: int
    session: requests.Session
    url: str

    def rate(self, movie_id: int, score: int) -> requests.Response:
        return self.session.post(
            f"{self.url}/ratings/", json={"movie_id": movie_id, "score": score}, timeout=30
        )

    def recommendations(self, limit: int = 20) -> dict[str, Any]:
        response = self.session.get(
            f"{self.url}/recommendations/", params={"limit": limit}, timeout=30
        )
        assert response.status_code == 200, response.text
        page: dict[str, Any] = response.json()
        return page

    def list_of_revision(self, revision: int) -> dict[str, Any] | None:
        """The current list once it has seen this revision."""
        page = self.recommendations()
        return page if page["list_id"] is not None and page["revision"] >= revision else None


@dataclass
class LivePlatform:
    database_url: str
    valkey: Valkey
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    programs: tuple[str, ...] = ("web", "realtime", "batch", "beat")
    processes: dict[str, PlatformProcess] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    @property
    def mails(self) -> Path:
        """The folder that takes the place of a mail server."""
        return self.folder / "mails"

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.valkey.url,
            "DJANGO_SETTINGS_MODULE": "movie_backend.settings.test",
            "RECOMMENDER_CACHE_DIR": str(self.folder / "models"),
            "LOG_FORMAT": "json",
            "METRICS_DIR": str(self.folder / "metrics"),
            "EMAIL_URL": f"file://{self.mails}",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "1",
            "WEB_THREADS": "8",
            # Else the suite's own processes would leave them next to nothing.
            "BACKGROUND_NICENESS": "0",
            **self.variables,
        }

    def start(self) -> None:
        commands = self._commands()
        for name in self.programs:
            tracing = {} if name in TRACED else UNTRACED
            environment = {**self.environment, **tracing}
            process = PlatformProcess(name, commands[name], environment, self.folder)
            self.processes[name] = process
            process.start()
        self.eventually(self._answers, within=START_SECONDS)
        if "beat" in self.programs:
            self.eventually(self._sweeps, within=START_SECONDS)

    def stop(self) -> None:
        for process in self.processes.values():
            process.stop()

    def eventually(
        self,
        condition: Callable[[], Any],
        *,
        within: float = SETTLE_SECONDS,
        otherwise: Callable[[], object] = lambda: "",
    ) -> Any:
        """The condition's first true value. Dead processes come back meanwhile.

        `otherwise`: what to tell where it has none.
        """
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if value := condition():
                return value
            for process in self.processes.values():
                process.revive()
            time.sleep(POLL_SECONDS)
        raise AssertionError(
            f"not within {within} s: {condition}; {otherwise()}; logs in {self.folder}"
        )

    def register(self) -> Viewer:
        session = requests.Session()
        login = {"email": f"flow{next(_numbers)}@example.com", "password": PASSWORD}
        registered = session.post(f"{self.url}/auth/register/", json=login, timeout=30)
        assert registered.status_code == 201, registered.text
        tokens = session.post(f"{self.url}/auth/login/", json=login, timeout=30).json()
        session.headers["Authorization"] = f"Bearer {tokens['access']}"
        (user_id,) = self.row("SELECT id FROM users_user WHERE email = %s", login["email"])
        return Viewer(user_id, session, self.url)

    def operator(self) -> Viewer:
        """An account that may do everything."""
        account = self.register()
        self.rows(
            "UPDATE users_user SET is_staff = true, is_superuser = true WHERE id = %s RETURNING id",
            account.id,
        )
        return account

    def films(self, kind: int) -> list[int]:
        """Films of one kind, see seeding.py."""
        rows = self.rows(
            "SELECT id FROM movies_movie WHERE title LIKE %s ORDER BY id", f"Kind {kind},%"
        )
        return [movie_id for (movie_id,) in rows]

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def seed(self) -> None:
        self.run("-m", "tests.flows.seeding")

    def rows(self, query: str, *params: Any) -> list[tuple[Any, ...]]:
        with _connected(self.database_url) as cursor:
            cursor.execute(query, params)
            return list(cursor.fetchall())

    def row(self, query: str, *params: Any) -> tuple[Any, ...]:
        (row,) = self.rows(query, *params)
        return row

    def execute(self, statement: str) -> None:
        with _connected(self.database_url) as cursor:
            cursor.execute(statement)

    @contextmanager
    def running(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command of manage.py that works while the block does."""
        process = subprocess.Popen(
            python("manage.py", *arguments), cwd=ROOT, env=self._of_a_command
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def run(self, *arguments: str) -> str:
        finished = subprocess.run(
            python(*arguments),
            cwd=ROOT,
            env=self._of_a_command,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    @property
    def _of_a_command(self) -> dict[str, str]:
        return {**os.environ, **self.environment, **UNTRACED}

    def _commands(self) -> dict[str, tuple[str, ...]]:
        web = ("--config", "python:movie_backend.gunicorn", "movie_backend.wsgi:application")
        return {
            "web": python("-m", "gunicorn", *web),
            "realtime": celery("worker", "-Q", "realtime,maintenance", "-c", "1", "-n", "r@%h"),
            # One worker less to start; flows that sync start the one below as well.
            "batch": celery("worker", "-Q", "batch,training,catalog,mail", "-c", "1", "-n", "b@%h"),
            "catalog": celery("worker", "-Q", "catalog", "-c", "2", "-n", "c@%h"),
            "beat": celery("beat", "--pidfile=", "--max-interval", "1"),
        }

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/movies/", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def _sweeps(self) -> bool:
        """Beat has sent the sweep, and a worker has taken it."""
        (runs,) = self.row(
            "SELECT total_run_count FROM django_celery_beat_periodictask WHERE name = 'Sweep'"
        )
        return bool(runs) and not redis.Redis.from_url(self.valkey.url).llen("maintenance")


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """A new empty database on the server of `server_url`, dropped at the end."""
    name = f"nexus_flows_{os.getpid()}_{next(_numbers)}"
    with _connected(server_url) as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        with _connected(server_url) as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
