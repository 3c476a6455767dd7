"""What `/health/ready` asks: each part registers a check under a name that operators read."""

from collections.abc import Callable

# Returns what there is to say; raises Unhealthy, or anything else, if the part does not work.
Check = Callable[[], str]

checks: dict[str, Check] = {}


class Unhealthy(Exception):  # noqa: N818  # reads as what it says
    """A part does not do its work. The message goes to operators: no secrets, no addresses."""


def register(name: str, check: Check) -> None:
    checks[name] = check
