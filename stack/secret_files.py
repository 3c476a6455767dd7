"""The files that docker-compose.yml reads its secrets from: written once, at random."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from stack.errors import StackError

KEY_BYTES = 48
PASSWORD_BYTES = 24

# Compose mounts a file with its owner and mode, and no container runs as root.
FILE_MODE = 0o444
FOLDER_MODE = 0o700

# What cannot be made up, with an example.
GIVEN: Mapping[str, str] = {"email_url": "submission://USER:PASSWORD@HOST"}

# What the platform can be without, and what it is without then. Compose mounts no file that is
# not there, so they are written empty.
OPTIONAL: Mapping[str, str] = {"tmdb_api_token": "nothing is asked of TMDb"}

CONTAINED_IN: Mapping[str, tuple[str, ...]] = {
    "postgres_password": ("database_url",),
    "redis_password": ("redis_url", "valkey_conf"),
}


def write_missing(folder: Path) -> list[str]:
    """Create what is not there yet, and return its names. What is there is never replaced.

    Raises StackError when a password is gone that other files and, by now, a server know.
    """
    _refuse_lost_passwords(folder)
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)
    wanted = _contents(
        postgres=_existing(folder / "postgres_password") or secrets.token_hex(PASSWORD_BYTES),
        redis=_existing(folder / "redis_password") or secrets.token_hex(PASSWORD_BYTES),
    )
    return [name for name, text in wanted.items() if _create(folder / name, text)]


def not_given(folder: Path) -> list[str]:
    """What is left to write for whoever runs the platform."""
    return [
        *(
            f"Write {folder / name} yourself, such as {example}"
            for name, example in GIVEN.items()
            if not (folder / name).exists()
        ),
        *(
            f"As long as {folder / name} is empty, {lack}"
            for name, lack in OPTIONAL.items()
            if _existing(folder / name) is None
        ),
    ]


def _refuse_lost_passwords(folder: Path) -> None:
    for password, users in CONTAINED_IN.items():
        left = [name for name in users if (folder / name).exists()]
        if left and not (folder / password).exists():
            raise StackError(
                f"{folder / password} is gone, but {', '.join(left)} contain it: write it there "
                "again, or remove those as well and give the server the new one"
            )


def _contents(*, postgres: str, redis: str) -> Mapping[str, str]:
    return {
        "secret_key": secrets.token_urlsafe(KEY_BYTES),
        "signing_key": secrets.token_urlsafe(KEY_BYTES),
        "metrics_token": secrets.token_urlsafe(PASSWORD_BYTES),
        "postgres_password": postgres,
        "database_url": f"postgres://nexus:{postgres}@postgres:5432/nexus",
        "redis_password": redis,
        "redis_url": f"redis://:{redis}@valkey:6379/0",
        "valkey_conf": f"requirepass {redis}",
        "flower_basic_auth": f"flower:{secrets.token_urlsafe(PASSWORD_BYTES)}",
        "admin_password": secrets.token_urlsafe(PASSWORD_BYTES),
        **dict.fromkeys(OPTIONAL, ""),
    }


def _existing(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None


def _create(path: Path, text: str) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as stream:
        # Whatever the umask says.
        os.fchmod(descriptor, FILE_MODE)
        stream.write(f"{text}\n")
    return True
