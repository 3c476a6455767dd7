"""The files of a PostgreSQL cluster: created whole or not at all."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil
import psycopg2

from stack.errors import StackError
from stack.privileges import Identity

USER = "nexus"
DATABASE = "nexus"
FAST_SHUTDOWN = signal.SIGINT
CONNECT_SECONDS = 2
INITDB_SECONDS = 120

# The builtin provider sorts and folds case alike on every platform.
INITDB_FLAGS = (
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--encoding=UTF8",
    "--auth=scram-sha-256",
    "--data-checksums",
    f"--username={USER}",
)


def data_folder(home: Path) -> Path:
    return home / "data"


def _password_file(home: Path) -> Path:
    return home / "password"


def stored_password(home: Path) -> str | None:
    """The password of an existing cluster: it lives beside its data and moves with it."""
    try:
        return _password_file(home).read_text().strip() or None
    except FileNotFoundError:
        return None


def initialise(home: Path, *, bindir: Path, identity: Identity, password: str) -> None:
    """Create the cluster unless it exists. Raises StackError and leaves nothing when it cannot."""
    if data_folder(home).exists():
        return
    draft = Path(tempfile.mkdtemp(prefix=f"{home.name}.new-", dir=home.parent))
    try:
        _write_draft(draft, bindir=bindir, identity=identity, password=password)
        _put_in_place(draft, home)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _write_draft(draft: Path, *, bindir: Path, identity: Identity, password: str) -> None:
    secret = _password_file(draft)
    secret.touch(mode=0o600)
    secret.write_text(f"{password}\n")
    for path in (draft, secret):
        identity.own(path)
    command = [*identity.prefix, str(bindir / "initdb"), *INITDB_FLAGS]
    result = subprocess.run(
        [*command, f"--pwfile={secret}", f"--pgdata={data_folder(draft)}"],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=INITDB_SECONDS,
        cwd=draft,
        **identity.popen_options(),
    )
    if result.returncode != 0:
        raise StackError(f"PostgreSQL cannot create its data in {draft.parent}: {_reason(result)}")


def _reason(result: "subprocess.CompletedProcess[str]") -> str:
    lines = [line for line in result.stderr.splitlines() if "error:" in line or "FATAL" in line]
    return (lines or result.stderr.strip().splitlines() or ["initdb gave no reason"])[0]


def _put_in_place(draft: Path, home: Path) -> None:
    # The folder may exist, but empty: its owner made it, or an older draft was cleared.
    with contextlib.suppress(FileNotFoundError):
        home.rmdir()
    draft.rename(home)


def remove_stale_pid_file(data: Path) -> None:
    """Remove what a killed server left, if the process it names is not a server on this data.

    PostgreSQL checks only that some process has this number; after a container's restart
    one nearly always does.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if not _serves(pid, data):
        pid_file.unlink(missing_ok=True)


def _serves(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or process.name() != "postgres":
            return False
        return Path(process.cwd()).samefile(data)
    except psutil.NoSuchProcess:
        return False
    except (psutil.AccessDenied, OSError):
        # Someone else's process: PostgreSQL decides.
        return True


def ensure_database(url: str) -> None:
    """Create our database unless it exists. Raises OperationalError while nobody answers."""
    with contextlib.closing(psycopg2.connect(url, connect_timeout=CONNECT_SECONDS)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")


def majors(folder: Path) -> frozenset[int]:
    """The PostgreSQL versions whose data lies in this folder, as `pg<major>`."""
    names = (path.parent.name.removeprefix("pg") for path in folder.glob("pg[0-9]*/data"))
    return frozenset(int(name) for name in names if name.isdigit())
