"""PostgreSQL refuses to run as root. Here an unprivileged identity is found for it."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.errors import StackError

NOBODY = "nobody"
USER_NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")
PROBE_SECONDS = 10


@dataclass(frozen=True)
class Identity:
    """Who a server runs as: a command that comes before its own, or another user, or ourselves."""

    prefix: tuple[str, ...] = ()
    user: str | None = None

    def popen_options(self) -> dict[str, Any]:
        if self.user is None:
            return {}
        return {
            "user": self.user,
            "group": pwd.getpwnam(self.user).pw_gid,
            "extra_groups": [],
        }

    def admit(self, folder: Path) -> None:
        """Let the user the server runs as pass through a folder of ours, but not look into it."""
        if self.user is not None:
            folder.chmod(folder.stat().st_mode | 0o011)

    def own(self, path: Path) -> None:
        """Give a path that we created to the user the server runs as."""
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)


def identity_for_postgres(bindir: Path, *, data: Path) -> Identity:
    """Ourselves; as root a user namespace, else the user nobody; who owns the data keeps it.

    Raises StackError when none of them can run.
    """
    if os.geteuid() != 0:
        return Identity()
    for identity in _identities_for_root(data):
        if _can_run(identity, bindir / "postgres"):
            return identity
    raise StackError(
        "PostgreSQL refuses to run as root, this system forbids user namespaces, and the user "
        f"{NOBODY} cannot reach {bindir}. Run as an ordinary user, or move the project to a "
        "folder that every user may enter, or give DATABASE_URL."
    )


def _identities_for_root(data: Path) -> list[Identity]:
    in_namespace, as_nobody = Identity(prefix=USER_NAMESPACE), Identity(user=NOBODY)
    try:
        owner = data.stat().st_uid
    except FileNotFoundError:
        return [in_namespace, as_nobody]
    return [in_namespace if owner == 0 else as_nobody]


def _can_run(identity: Identity, binary: Path) -> bool:
    if identity.prefix and shutil.which(identity.prefix[0]) is None:
        return False
    try:
        probe = subprocess.run(
            [*identity.prefix, str(binary), "--version"],
            cwd="/",
            check=False,
            capture_output=True,
            timeout=PROBE_SECONDS,
            **identity.popen_options(),
        )
    except (OSError, KeyError, subprocess.SubprocessError):
        return False
    return probe.returncode == 0
