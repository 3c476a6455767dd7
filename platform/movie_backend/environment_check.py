"""What production must be told, checked as a whole: one error names everything that is missing."""

from collections.abc import Iterator

from django.core.exceptions import ImproperlyConfigured

from .env import env

SECRETS = ("SECRET_KEY", "SIGNING_KEY", "METRICS_TOKEN")
URLS = ("DATABASE_URL", "REDIS_URL")
HOSTS = "ALLOWED_HOSTS"
REQUIRED = (*SECRETS, *URLS, HOSTS)

KEYS = ("SECRET_KEY", "SIGNING_KEY")
KEY_LENGTH = 50


def check() -> None:
    """Raise ImproperlyConfigured unless the environment has all that production needs.

    The message names every variable at fault and repeats no value.
    """
    faults: list[str] = []
    values = {name: _value(name, faults) for name in REQUIRED}
    if missing := [name for name, value in values.items() if value == ""]:
        faults.insert(0, f"not set: {', '.join(missing)}")
    given = {name: value for name, value in values.items() if value}
    for find in (_short_keys, _shared_secrets, _open_hosts):
        faults += find(given)
    if faults:
        raise ImproperlyConfigured(
            "Nexus does not start in production, because its environment is incomplete: "
            f"{'; '.join(faults)}. Each may also be given as NAME_FILE, the path of a file; "
            ".env.example explains them."
        )


def _value(name: str, faults: list[str]) -> str | None:
    """The value, empty when there is none; None when its file cannot be read."""
    try:
        return str(env.str(name, "")).strip()
    except (ValueError, OSError):
        faults.append(f"{name}_FILE names no readable file")
        return None


def _short_keys(given: dict[str, str]) -> Iterator[str]:
    for name in KEYS:
        if name in given and len(given[name]) < KEY_LENGTH:
            yield f"{name} is shorter than {KEY_LENGTH} characters"


def _shared_secrets(given: dict[str, str]) -> Iterator[str]:
    for index, name in enumerate(SECRETS):
        for other in SECRETS[index + 1 :]:
            if name in given and given[name] == given.get(other):
                yield f"{name} and {other} are the same"


def _open_hosts(given: dict[str, str]) -> Iterator[str]:
    hosts = [host.strip() for host in given.get(HOSTS, "").split(",")]
    if "*" in hosts:
        yield f"{HOSTS} allows every host"
    elif HOSTS in given and not any(hosts):
        yield f"{HOSTS} names no host"
