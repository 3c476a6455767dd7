"""PostgreSQL and Valkey (or Redis) as child processes: loopback only, password always.

    with Postgres(folder / "pg") as postgres, Valkey(folder / "redis") as valkey:
        ...  # postgres.url, valkey.url

`start` and `wait_ready` may be called again after `stop` or `kill`: port, password and data stay.
"""

import contextlib
import os
import secrets
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import psutil
import psycopg2
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from stack import binaries, cluster
from stack.errors import StackError
from stack.ports import LOOPBACK, free_port
from stack.postgres_settings import EPHEMERAL_POSTGRES_SETTINGS
from stack.privileges import Identity, identity_for_postgres

READY_SECONDS = 30.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.02
PING_SECONDS = 1.0
SECRET_BYTES = 24


class Server(ABC):
    """One server process, started directly by us or, with the same `argv`, by a supervisor."""

    name: str
    stop_signal = "TERM"

    def __init__(self, *, port: int | None, password: str | None, log: Path) -> None:
        self.port = port or free_port()
        self.password = password or secrets.token_hex(SECRET_BYTES)
        self.log = log
        self.environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    @abstractmethod
    def argv(self) -> list[str]: ...

    @abstractmethod
    def prepare(self) -> None:
        """Write what the process needs before it starts. Safe to repeat."""

    @abstractmethod
    def answers(self) -> bool: ...

    @abstractmethod
    def _ask_to_stop(self, process: "subprocess.Popen[bytes]") -> None: ...

    @property
    def identity(self) -> Identity:
        return Identity()

    @property
    def pid(self) -> int:
        """The process to signal. Raises StackError when `start` has not been called."""
        if self._process is None:
            raise StackError(f"{self.name} was not started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the process; `wait_ready` tells when it answers."""
        self.prepare()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Control-C at the terminal is for our command; it stops the servers after it.
                start_new_session=True,
                **self.identity.popen_options(),
            )
        return self

    def wait_ready(
        self,
        *,
        timeout_seconds: float = READY_SECONDS,
        is_running: Callable[[], bool] | None = None,
    ) -> Self:
        """Return once the server answers. Raises StackError when it ended or took too long."""
        alive = is_running or (lambda: self.is_running)
        deadline = time.monotonic() + timeout_seconds
        while not self.answers():
            if not alive():
                raise StackError(f"{self.name} ended instead of starting", log=self.log)
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self.name} did not answer within {timeout_seconds:.0f} s", log=self.log
                )
            time.sleep(POLL_SECONDS)
        return self

    def stop(self) -> None:
        """End the process, by force after `STOP_SECONDS`. Does nothing when it is not running."""
        if self._process is None or not self.is_running:
            return
        self._ask_to_stop(self._process)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process as a crash would: kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        try:
            return self.start().wait_ready()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()


class Postgres(Server):
    """A PostgreSQL cluster in `home` (created on first start), with one database for us."""

    name = "postgres"
    stop_signal = "INT"  # fast shutdown

    def __init__(
        self,
        home: Path,
        *,
        bindir: Path | None = None,
        port: int | None = None,
        password: str | None = None,
        settings: Mapping[str, str] = EPHEMERAL_POSTGRES_SETTINGS,
        log: Path | None = None,
    ) -> None:
        """Without `bindir` the machine is searched. Existing data keeps the password it has."""
        super().__init__(
            port=port,
            password=cluster.stored_password(home) or password,
            log=log or home.with_name(f"{home.name}.log"),
        )
        self.home = home
        self.settings = settings
        self.bindir = bindir or binaries.choose_postgres(binaries.postgres_candidates()).path
        self._identity = identity_for_postgres(self.bindir, data=self.data)

    @property
    def data(self) -> Path:
        return cluster.data_folder(self.home)

    @property
    def identity(self) -> Identity:
        return self._identity

    @property
    def url(self) -> str:
        return self._url(cluster.DATABASE)

    @property
    def argv(self) -> list[str]:
        settings = {
            "port": str(self.port),
            "listen_addresses": LOOPBACK,
            # A socket's path may not exceed 107 bytes; ours may.
            "unix_socket_directories": "",
            **self.settings,
        }
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [*self.identity.prefix, str(self.bindir / "postgres"), "-D", str(self.data), *flags]

    def prepare(self) -> None:
        self.home.parent.mkdir(parents=True, exist_ok=True)
        self.identity.admit(self.home.parent)
        cluster.initialise(
            self.home, bindir=self.bindir, identity=self.identity, password=self.password
        )
        cluster.remove_stale_pid_file(self.data)

    def answers(self) -> bool:
        try:
            cluster.ensure_database(self._url("postgres"))
        except psycopg2.OperationalError:
            return False
        return True

    def _url(self, database: str) -> str:
        return f"postgres://{cluster.USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def kill(self) -> None:
        """End the postmaster with kill -9 and wait until its children have noticed."""
        children = psutil.Process(self.pid).children() if self.is_running else []
        super().kill()
        psutil.wait_procs(children, timeout=STOP_SECONDS)

    def _ask_to_stop(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(cluster.FAST_SHUTDOWN)


class Valkey(Server):
    """A Valkey or Redis server whose files are in `home`; with `append_only` it keeps its data."""

    name = "valkey"

    def __init__(
        self,
        home: Path,
        *,
        binary: Path | None = None,
        port: int | None = None,
        password: str | None = None,
        append_only: bool = False,
        log: Path | None = None,
    ) -> None:
        super().__init__(
            port=port, password=password, log=log or home.with_name(f"{home.name}.log")
        )
        self.home = home
        self.append_only = append_only
        self.binary = binary or binaries.choose_redis(binaries.redis_candidates()).path

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    @property
    def argv(self) -> list[str]:
        return [str(self.binary), str(self._configuration)]

    @property
    def _configuration(self) -> Path:
        return self.home / "server.conf"

    def prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        # In a file and not in the arguments, which every user of the machine can read.
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(self._configuration_text())

    def _configuration_text(self) -> str:
        folder = str(self.home.resolve()).replace("\\", "\\\\").replace('"', '\\"')
        return "\n".join(
            [
                f"bind {LOOPBACK}",
                f"port {self.port}",
                f"requirepass {self.password}",
                f'dir "{folder}"',
                f"appendonly {'yes' if self.append_only else 'no'}",
                "appendfsync everysec",
                'save ""',
                # The broker's messages may never be evicted.
                "maxmemory-policy noeviction",
                "tcp-backlog 128",
                # Rewriting its title would wipe the environment by which we know our processes.
                "set-proc-title no",
                "",
            ]
        )

    def answers(self) -> bool:
        client = redis.Redis(
            host=LOOPBACK,
            port=self.port,
            password=self.password,
            socket_timeout=PING_SECONDS,
            retry=Retry(NoBackoff(), retries=0),
        )
        with contextlib.closing(client):
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def _ask_to_stop(self, process: "subprocess.Popen[bytes]") -> None:
        process.terminate()
