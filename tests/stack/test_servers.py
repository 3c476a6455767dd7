"""PostgreSQL and Valkey as real child processes."""

import contextlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from stack import binaries, cluster
from stack.errors import StackError
from stack.postgres_settings import POSTGRES_SETTINGS
from stack.privileges import USER_NAMESPACE, Identity, identity_for_postgres
from stack.servers import Postgres, Valkey

from .conftest import AWKWARD


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("servers") / AWKWARD / "pg") as server:
        yield server


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    with Valkey(tmp_path / AWKWARD / "redis", append_only=True) as server:
        yield server


def query(server: Postgres, statement: str) -> list[tuple[object, ...]]:
    with contextlib.closing(psycopg2.connect(server.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def test_postgres_sorts_and_folds_case_alike_everywhere(postgres: Postgres) -> None:
    assert query(postgres, "SELECT lower('ÀÉÎ ŻÓŁĆ')") == [("àéî żółć",)]
    assert query(postgres, "SELECT max(x) FROM (VALUES ('a'), ('Z')) AS t(x)") == [("a",)]


def test_postgres_has_the_extensions_we_search_with(postgres: Postgres) -> None:
    names = {"pg_trgm", "unaccent", "fuzzystrmatch"}

    assert names <= {
        name for (name,) in query(postgres, "SELECT name FROM pg_available_extensions")
    }


def test_a_refused_row_is_not_written_to_the_log(tmp_path: Path) -> None:
    with Postgres(tmp_path / "pg", settings=POSTGRES_SETTINGS) as server:
        query(server, "CREATE TABLE account (email text CHECK (email <> 'ada@example.com'))")
        with pytest.raises(psycopg2.errors.CheckViolation):
            query(server, "INSERT INTO account VALUES ('ada@example.com')")
        log = server.log.read_text()

    assert "violates check constraint" in log
    assert "ada@example.com" not in log


def test_postgres_refuses_a_wrong_password(postgres: Postgres) -> None:
    wrong = postgres.url.replace(postgres.password, "0" * len(postgres.password))

    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(wrong)


def test_valkey_refuses_a_wrong_password(valkey: Valkey) -> None:
    client = redis.Redis.from_url(valkey.url.replace(valkey.password, "wrong"))

    with contextlib.closing(client), pytest.raises(redis.AuthenticationError):
        client.ping()


def test_valkey_never_evicts_a_message(valkey: Valkey) -> None:
    with contextlib.closing(redis.Redis.from_url(valkey.url, decode_responses=True)) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_passwords_are_in_private_files_and_not_in_arguments(
    postgres: Postgres, valkey: Valkey
) -> None:
    for server, path in (
        (postgres, postgres.home / "password"),
        (valkey, valkey.home / "server.conf"),
    ):
        assert server.password in path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert server.password not in " ".join(psutil.Process(server.pid).cmdline())


def test_a_killed_postgres_starts_again_with_its_data(postgres: Postgres) -> None:
    query(postgres, "CREATE TABLE kept AS SELECT 7 AS number")
    url, pid = postgres.url, postgres.pid

    postgres.kill()
    assert not postgres.is_running
    postgres.start().wait_ready()

    assert (postgres.url == url, postgres.pid == pid) == (True, False)
    assert query(postgres, "SELECT number FROM kept") == [(7,)]


def test_a_killed_valkey_starts_again_on_its_port_with_its_data(valkey: Valkey) -> None:
    with contextlib.closing(redis.Redis.from_url(valkey.url, decode_responses=True)) as client:
        client.set("kept", "yes")
        client.waitaof(num_local=1, num_replicas=0, timeout=1000)
        valkey.kill()
        assert not valkey.answers()

        valkey.start().wait_ready()

        assert client.get("kept") == "yes"


def test_existing_data_keeps_its_password(postgres: Postgres) -> None:
    again = Postgres(postgres.home, password="another")

    assert again.password == postgres.password


def test_a_server_that_ends_at_once_is_reported_with_its_log(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = Valkey(tmp_path / "redis", port=taken.getsockname()[1])

        with pytest.raises(StackError, match="valkey ended instead of starting") as raised, server:
            pass

    assert raised.value.log == tmp_path / "redis.log"
    assert "Address already in use" in server.log.read_text()


def test_a_server_that_was_never_started_has_no_pid(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="was not started"):
        _ = Valkey(tmp_path / "redis").pid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another identity")
def test_root_runs_postgres_in_a_user_namespace_where_it_may(postgres: Postgres) -> None:
    if subprocess.run([*USER_NAMESPACE, "true"], check=False).returncode != 0:
        pytest.skip("this system forbids user namespaces")

    assert postgres.identity == Identity(prefix=USER_NAMESPACE)
    assert psutil.Process(postgres.pid).name() == "postgres"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")
def test_root_falls_back_to_nobody_where_namespaces_are_forbidden(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path_factory.mktemp("tools")
    forbidding = tools / "unshare"
    forbidding.write_text("#!/bin/sh\necho 'Operation not permitted' >&2\nexit 1\n")
    forbidding.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    bindir = binaries.choose_postgres(binaries.postgres_candidates()).path
    try:
        identity = identity_for_postgres(bindir, data=tmp_path_factory.getbasetemp() / "none")
    except StackError as error:
        assert "nobody cannot reach" in str(error)  # noqa: PT017  # the honest other outcome
        pytest.skip("the user nobody cannot reach this virtual environment")
    assert identity == Identity(user="nobody")
    # pytest's own folders are closed to other users, as a home folder may be.
    folder = Path("/tmp") / f"nexus-nobody-{os.getpid()}"  # noqa: S108
    folder.mkdir(mode=0o700)
    try:
        with Postgres(folder / "pg", bindir=bindir) as server:
            assert query(server, "SELECT 1") == [(1,)]
            assert psutil.Process(server.pid).username() == "nobody"
            assert stat.S_IMODE(folder.stat().st_mode) == 0o711
        # Where namespaces are allowed again, the data still has its owner.
        monkeypatch.undo()
        with Postgres(folder / "pg", bindir=bindir) as again:
            assert psutil.Process(again.pid).username() == "nobody"
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def broken_initdb(folder: Path, reason: str) -> Path:
    """An initdb that writes half a cluster, gives its reason and fails."""
    folder.mkdir()
    script = folder / "initdb"
    script.write_text(
        "#!/bin/sh\n"
        'for argument; do case $argument in --pgdata=*) mkdir -p "${argument#--pgdata=}/base";;\n'
        f"esac; done\necho 'initdb: error: {reason}' >&2\nexit 1\n"
    )
    script.chmod(0o755)
    return folder


def test_a_failed_initdb_leaves_nothing_and_says_why_in_one_line(tmp_path: Path) -> None:
    home = tmp_path / "state" / "pg18"
    home.parent.mkdir()
    bindir = broken_initdb(tmp_path / "bin", "No space left on device")

    with pytest.raises(StackError) as raised:
        cluster.initialise(home, bindir=bindir, identity=Identity(), password="secret")

    assert str(raised.value).endswith("initdb: error: No space left on device")
    assert "\n" not in str(raised.value)
    assert list(home.parent.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small file system")
def test_a_full_disk_leaves_no_half_cluster(tmp_path: Path) -> None:
    script = f"""
        mount -t tmpfs -o size=12m none {tmp_path} || exit 77
        python -c '
from pathlib import Path
from stack.servers import Postgres
from stack.errors import StackError
home = Path("{tmp_path}") / "pg"
try:
    Postgres(home).prepare()
except StackError as error:
    print(error, sorted(home.parent.iterdir()))
'
    """
    folder = str(Path(sys.executable).parent)
    result = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
    )
    if result.returncode == 77 or "unshare failed" in result.stderr:
        pytest.skip("this system forbids mounts")

    assert "PostgreSQL cannot create its data" in result.stdout, result.stderr
    assert "No space left on device" in result.stdout
    assert result.stdout.strip().endswith("[]")


def test_a_pid_file_that_names_a_stranger_is_removed(tmp_path: Path) -> None:
    pid_file = tmp_path / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{tmp_path}\n")

    cluster.remove_stale_pid_file(tmp_path)

    assert not pid_file.exists()


def test_the_pid_file_of_a_running_server_stays(postgres: Postgres) -> None:
    cluster.remove_stale_pid_file(postgres.data)

    assert (postgres.data / "postmaster.pid").read_text().splitlines()[0] == str(postgres.pid)
