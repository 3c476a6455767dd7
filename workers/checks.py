"""System checks of what a wrong setting would break only under load."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.core.checks import CheckMessage, Error, Tags
from django.core.checks import register as register_check

from .celery import app


def register() -> None:
    register_check(check_time_limits, Tags.compatibility)


def check_time_limits(**_: Any) -> Sequence[CheckMessage]:
    """A task must end before its message is given to another worker."""
    for module in app.conf.include:
        import_module(module)
    timeout = app.conf.broker_transport_options["visibility_timeout"]
    return [
        _too_long(task.name, limit, timeout)
        for task in app.tasks.values()
        if (limit := task.time_limit or app.conf.task_time_limit) is None or limit >= timeout
    ]


def _too_long(name: str, limit: float | None, timeout: float) -> Error:
    return Error(
        f"Task {name} may run for {limit} s, the visibility timeout is {timeout} s.",
        hint="Lower the task's time_limit or raise visibility_timeout.",
        id="workers.E001",
    )
