"""The environment, checked as a whole before it is read: one line names everything at fault."""

import sys
from collections.abc import Iterator, Mapping, Sequence

from django.core.exceptions import ImproperlyConfigured

from . import environment_rules as rules
from .env import env

SECRETS = ("SECRET_KEY", "SIGNING_KEY", "METRICS_TOKEN")
URLS = ("DATABASE_URL", "REDIS_URL")
HOSTS = "ALLOWED_HOSTS"
MAIL = "EMAIL_URL"
REQUIRED = (*SECRETS, *URLS, HOSTS, MAIL, "DEFAULT_FROM_EMAIL")

KEY_LENGTH = 50
LEAST_LENGTHS = {"SECRET_KEY": KEY_LENGTH, "SIGNING_KEY": KEY_LENGTH, "METRICS_TOKEN": 16}

# gunicorn gives up when a new process ends with this code; after any other it tries for ever.
REFUSED = 3


def exit_on_faults(*, in_production: bool = False) -> None:
    """End the process with the one line if `check` refuses the environment."""
    try:
        check(in_production=in_production)
    except ImproperlyConfigured as error:
        # Not raised: each process would bury the one line that matters under a traceback.
        sys.stderr.write(f"{error}\n")
        sys.exit(REFUSED)


def check(*, in_production: bool) -> None:
    """Raise ImproperlyConfigured unless the environment can be read, and is all production needs.

    The message names every variable at fault and repeats no value.
    """
    given, faults = _read((*REQUIRED, *rules.RULES) if in_production else tuple(rules.RULES))
    if in_production:
        unreadable = [fault.partition("_FILE ")[0] for fault in faults]
        faults = [*_missing(given, unreadable), *faults]
        for find in (_short_secrets, _shared_secrets, _open_hosts, _unsent_mail, _open_mail):
            faults += find(given)
    # An empty one is one that is not set.
    faults += _unfit(given, may_be_empty=REQUIRED if in_production else URLS)
    if faults:
        where = " in production" if in_production else ""
        raise ImproperlyConfigured(
            f"Nexus does not start{where}, because its environment is at fault: "
            f"{'; '.join(faults)}. Each may also be given as NAME_FILE, the path of a file; "
            ".env.example explains them."
        )


def _read(names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The values of those that are set, and the faults of those whose file cannot be read."""
    given: dict[str, str] = {}
    faults: list[str] = []
    for name in dict.fromkeys(names):
        try:
            value = env.str(name, None)
        except (ValueError, OSError):
            faults.append(f"{name}_FILE names no readable file")
        else:
            if value is not None:
                given[name] = value.strip()
    return given, faults


def _missing(given: Mapping[str, str], unreadable: Sequence[str]) -> Iterator[str]:
    if missing := [name for name in REQUIRED if not given.get(name) and name not in unreadable]:
        yield f"not set: {', '.join(missing)}"


def _short_secrets(given: Mapping[str, str]) -> Iterator[str]:
    for name, length in LEAST_LENGTHS.items():
        if 0 < len(given.get(name, "")) < length:
            yield f"{name} is shorter than {length} characters"


def _shared_secrets(given: Mapping[str, str]) -> Iterator[str]:
    for index, name in enumerate(SECRETS):
        for other in SECRETS[index + 1 :]:
            if given.get(name) and given[name] == given.get(other):
                yield f"{name} and {other} are the same"


def _open_hosts(given: Mapping[str, str]) -> Iterator[str]:
    hosts = [host.strip() for host in given.get(HOSTS, "").split(",")]
    if "*" in hosts:
        yield f"{HOSTS} allows every host"
    elif given.get(HOSTS) and not any(hosts):
        yield f"{HOSTS} names no host"


def _unsent_mail(given: Mapping[str, str]) -> Iterator[str]:
    url = given.get(MAIL, "")
    if url.partition(":")[0] in rules.OTHER_MAIL_SCHEMES:
        yield f"{MAIL} names no mail server"


def _open_mail(given: Mapping[str, str]) -> Iterator[str]:
    if rules.is_mail_in_clear_text(given.get(MAIL, "")):
        yield (
            f"{MAIL} sends in clear text: use submission:// (STARTTLS) or smtps://; smtp:// is for "
            "this machine or a host without dots, and without a password"
        )


def _unfit(given: Mapping[str, str], *, may_be_empty: Sequence[str]) -> Iterator[str]:
    values = {name: value for name, value in given.items() if value or name not in may_be_empty}
    for name in rules.RULES:
        if name in values and (fault := rules.broken_by(name, values[name])):
            yield fault
    if rules.are_signs_too_rare(values):
        yield f"{rules.MAX_AGE} must be above {rules.CANARY}"
    if rules.is_refreshed_too_late(values):
        yield f"{rules.CACHE} must be above {rules.REFRESH}"
