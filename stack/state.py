"""`stack.json`: where the running platform is and how to get in. Only its owner can read it."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from stack.errors import StackError
from stack.ports import LOOPBACK, free_port

SECRET_BYTES = 24
KEY_BYTES = 48
LOCK_SECONDS = 180.0
LOCK_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Account:
    name: str
    password: str = field(repr=False)

    @classmethod
    def new(cls, name: str) -> Self:
        return cls(name, secrets.token_hex(SECRET_BYTES))


@dataclass(frozen=True)
class ServerInfo:
    """Which server is used and why; `data` is empty when it is not ours."""

    source: str
    version: str
    why: str
    bindir: str = ""
    data: str = ""


@dataclass(frozen=True)
class StandIn:
    """The server in TMDb's place; `catalogue` is empty for titles of our own."""

    token: str = field(repr=False)
    catalogue: str

    @staticmethod
    def new_token() -> str:
        return secrets.token_hex(SECRET_BYTES)


@dataclass(frozen=True)
class Ports:
    web: int
    flower: int
    supervisor: int
    postgres: int
    redis: int
    # Of the server in TMDb's place; 0 until one is needed.
    tmdb: int = 0
    # 0 in the file of an older release.
    push: int = 0

    @classmethod
    def free(cls, *, preferred: "Ports | None", is_free: Callable[[int], bool]) -> Self:
        """The preferred ports as far as they are free, so that addresses stay the same."""
        wanted = asdict(preferred) if preferred else {}
        chosen: dict[str, int] = {}
        for name in cls.__dataclass_fields__:
            port = wanted.get(name) or None
            while port is None or port in chosen.values() or not is_free(port):
                port = free_port()
            chosen[name] = port
        return cls(**chosen)


@dataclass(frozen=True)
class State:
    stack_id: str
    secret_key: str = field(repr=False)
    signing_key: str = field(repr=False)
    admin: Account
    flower: Account
    supervisor: Account
    ports: Ports
    database_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    redis_password: str = field(default="", repr=False)
    postgres: ServerInfo | None = None
    redis: ServerInfo | None = None
    tmdb: StandIn | None = None
    # What the programs were started from; empty until they all answered.
    sources: str = ""

    @classmethod
    def new(cls, ports: Ports) -> Self:
        return cls(
            stack_id=secrets.token_hex(8),
            secret_key=secrets.token_urlsafe(KEY_BYTES),
            signing_key=secrets.token_urlsafe(KEY_BYTES),
            admin=Account.new("admin@nexus.example"),
            flower=Account.new("flower"),
            supervisor=Account.new("nexus"),
            redis_password=secrets.token_hex(SECRET_BYTES),
            ports=ports,
        )

    @property
    def web_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.web}"

    @property
    def push_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.push}"

    @property
    def flower_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.flower}"

    @property
    def supervisor_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.supervisor}"

    @property
    def settings(self) -> dict[str, str]:
        """What Django's settings read from the environment."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": self.secret_key,
            "SIGNING_KEY": self.signing_key,
            **self._tmdb_settings,
        }

    @property
    def tmdb_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.tmdb}/3"

    @property
    def _tmdb_settings(self) -> dict[str, str]:
        if self.tmdb is None:
            return {}
        return {
            "TMDB_URL": self.tmdb_url,
            "TMDB_EXPORT_URL": f"http://{LOOPBACK}:{self.ports.tmdb}/p/exports",
            "TMDB_API_TOKEN": self.tmdb.token,
            # All that it has.
            "TMDB_FIRST_TITLES": "1000000",
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "api_url": f"{self.web_url}/api/v1",
            "docs_url": f"{self.web_url}/api/schema/swagger-ui/",
            "admin_url": f"{self.web_url}/admin/",
            "health_url": f"{self.web_url}/health/ready",
            "metrics_url": f"{self.web_url}/metrics",
            "flower_url": self.flower_url,
            "push_url": f"{self.push_url}/api/v1/recommendations/events/",
            "admin": {"email": self.admin.name, "password": self.admin.password},
            "flower": {"user": self.flower.name, "password": self.flower.password},
            "database_url": self.database_url,
            "redis_url": self.redis_url,
            "redis_password": self.redis_password,
            "secret_key": self.secret_key,
            "signing_key": self.signing_key,
            "stack_id": self.stack_id,
            "servers": {
                "postgres": asdict(self.postgres) if self.postgres else None,
                "redis": asdict(self.redis) if self.redis else None,
            },
            "supervisor": {
                "url": self.supervisor_url,
                "user": self.supervisor.name,
                "password": self.supervisor.password,
            },
            "tmdb": asdict(self.tmdb) if self.tmdb else None,
            "ports": asdict(self.ports),
            "sources": self.sources,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        servers = content["servers"]
        return cls(
            stack_id=content["stack_id"],
            secret_key=content["secret_key"],
            signing_key=content["signing_key"],
            admin=Account(content["admin"]["email"], content["admin"]["password"]),
            flower=Account(content["flower"]["user"], content["flower"]["password"]),
            supervisor=Account(content["supervisor"]["user"], content["supervisor"]["password"]),
            ports=Ports(**content["ports"]),
            database_url=content["database_url"],
            redis_url=content["redis_url"],
            redis_password=content["redis_password"],
            postgres=ServerInfo(**servers["postgres"]) if servers["postgres"] else None,
            redis=ServerInfo(**servers["redis"]) if servers["redis"] else None,
            tmdb=StandIn(**content["tmdb"]) if content.get("tmdb") else None,
            sources=content["sources"],
        )


@dataclass(frozen=True)
class Folder:
    """`.local/`: everything that `up` writes, and nothing else."""

    path: Path

    @property
    def state_file(self) -> Path:
        return self.path / "stack.json"

    @property
    def supervisor_file(self) -> Path:
        return self.path / "supervisord.conf"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def create(self) -> None:
        """Raises StackError when it belongs to someone else."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            raise StackError(
                f"{self.path} belongs to user id {owner} and you are {os.geteuid()}: run this as "
                "that user, or have them run `make down` and remove the folder"
            )
        self.logs.mkdir(mode=0o700, exist_ok=True)

    def empty(self, name: str) -> None:
        """Make this subfolder anew."""
        path = self.path / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)

    def read(self) -> State | None:
        """The state; None when there is none, or none that makes sense any more."""
        try:
            return State.from_json(json.loads(self.state_file.read_text()))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write(self, state: State) -> None:
        write_private(self.state_file, json.dumps(state.to_json(), indent=2) + "\n")

    @contextlib.contextmanager
    def locked(self, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold the folder for one `up` or `down`; the lock goes when its process goes."""
        with (self.path / "lock").open("w") as lock:
            deadline = time.monotonic() + LOCK_SECONDS
            announced = False
            while not _try_lock(lock.fileno()):
                if not announced:
                    waiting()
                announced = True
                if time.monotonic() > deadline:
                    raise StackError(f"another command holds {self.path}; giving up")
                time.sleep(LOCK_POLL_SECONDS)
            yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, readable for its owner only."""
    descriptor, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
