"""Which servers the platform uses: those of the environment's URLs, or ones of our own."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import psycopg2
import redis

from stack import binaries, cluster, tmdb
from stack.errors import StackError
from stack.postgres_settings import POSTGRES_SETTINGS
from stack.servers import Postgres, Server, Valkey
from stack.state import Folder, ServerInfo, State
from stack.supervision import SERVERS, Process

CONNECT_SECONDS = 5
# PostgreSQL's fast shutdown writes a checkpoint; a slow disk may need a while.
STOP_SECONDS = 30


@dataclass(frozen=True)
class Topology:
    """The state with both URLs filled in, and the servers that we have to run for it."""

    state: State
    own: tuple[tuple[Server, Process], ...]

    def processes(self) -> list[Process]:
        return [process for _, process in self.own]


def resolve(folder: Folder, state: State, environment: Mapping[str, str]) -> Topology:
    """Raises StackError when a given server cannot be used, or none is found."""
    own: list[Server] = []
    if url := environment.get("DATABASE_URL"):
        info = _given_postgres(url)
    else:
        postgres, info = _own_postgres(folder, state, environment)
        url = postgres.url
        own.append(postgres)
    state = replace(state, database_url=url, postgres=info)
    if url := environment.get("REDIS_URL"):
        info = _given_redis(url)
    else:
        valkey, info = _own_redis(folder, state, environment)
        url = valkey.url
        own.append(valkey)
    state = replace(state, redis_url=url, redis=info, tmdb=tmdb.asked_for(environment, state.tmdb))
    if state.tmdb:
        stand_in = tmdb.TMDbStandIn(
            state.tmdb, port=state.ports.tmdb or None, log=folder.logs / "tmdb.log"
        )
        state = replace(state, ports=replace(state.ports, tmdb=stand_in.port))
        own.append(stand_in)
    return Topology(state, tuple((server, _process(server)) for server in own))


def _process(server: Server) -> Process:
    return Process(
        name=server.name,
        group=SERVERS,
        argv=server.argv,
        environment=server.environment,
        stop_signal=server.stop_signal,
        stop_seconds=STOP_SECONDS,
        user=server.identity.user,
    )


def _own_postgres(
    folder: Folder, state: State, environment: Mapping[str, str]
) -> tuple[Postgres, ServerInfo]:
    existing = cluster.majors(folder.path)
    choice = binaries.choose_postgres(
        binaries.postgres_candidates(environment), existing_majors=existing
    )
    major = choice.version[0]
    home = folder.path / f"pg{major}"
    server = Postgres(
        home,
        bindir=choice.path,
        port=state.ports.postgres,
        settings=POSTGRES_SETTINGS,
        log=folder.logs / "postgres.log",
    )
    unused = sorted(existing - {major})
    notes = [f"the data of PostgreSQL {old} in pg{old}/ is not used" for old in unused]
    return server, ServerInfo(
        source=choice.source,
        version=choice.title,
        why="; ".join([choice.why, *notes]),
        bindir=str(choice.path),
        data=str(server.data),
    )


def _own_redis(
    folder: Folder, state: State, environment: Mapping[str, str]
) -> tuple[Valkey, ServerInfo]:
    choice = binaries.choose_redis(binaries.redis_candidates(environment))
    home = folder.path / "redis"
    server = Valkey(
        home,
        binary=choice.path,
        port=state.ports.redis,
        password=state.redis_password,
        append_only=True,
        log=folder.logs / "valkey.log",
    )
    return server, ServerInfo(
        source=choice.source,
        version=choice.title,
        why=choice.why,
        bindir=str(choice.path.parent),
        data=str(home),
    )


def _given_postgres(url: str) -> ServerInfo:
    try:
        with contextlib.closing(psycopg2.connect(url, connect_timeout=CONNECT_SECONDS)) as opened:
            number = opened.server_version
    except psycopg2.Error as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise StackError(f"DATABASE_URL is set but cannot be used: {reason}") from error
    version = (number // 10_000, number % 10_000)
    if version < binaries.POSTGRES_MINIMUM:
        raise StackError(
            f"DATABASE_URL names a PostgreSQL {binaries.dotted(version)}; "
            f"{binaries.dotted(binaries.POSTGRES_MINIMUM)} or newer is needed"
        )
    return ServerInfo(
        "DATABASE_URL", f"PostgreSQL {binaries.dotted(version)}", "DATABASE_URL is set"
    )


def _given_redis(url: str) -> ServerInfo:
    try:
        with contextlib.closing(
            redis.Redis.from_url(url, socket_timeout=CONNECT_SECONDS)
        ) as opened:
            version = str(opened.info("server")["redis_version"])
    except (redis.RedisError, ValueError) as error:
        raise StackError(f"REDIS_URL is set but cannot be used: {error}") from error
    return ServerInfo("REDIS_URL", f"Redis {version}", "REDIS_URL is set")
