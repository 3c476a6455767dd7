"""System checks of what a wrong setting would break only under load."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.core.checks import CheckMessage, Error, Tags
from django.core.checks import register as register_check

from .celery import app


def register() -> None:
    register_check(check_time_limits, Tags.compatibility)
    register_check(check_list_settings, Tags.compatibility)


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


def check_list_settings(**_: Any) -> Sequence[CheckMessage]:
    """Its module is loaded by name and only now: no web process loads NumPy."""
    list_settings = import_module("services.recommendations.list_settings")
    try:
        list_settings.ListSettings.from_environment()
    except ValueError as error:
        return [
            Error(
                f"RECOMMENDER_PIPELINE cannot be used: {error}.",
                hint="docs/ALGORITHM.md names the settings and what they mean.",
                id="workers.E002",
            )
        ]
    return []


def _too_long(name: str, limit: float | None, timeout: float) -> Error:
    return Error(
        f"Task {name} may run for {limit} s, the visibility timeout is {timeout} s.",
        hint="Lower the task's time_limit or raise visibility_timeout.",
        id="workers.E001",
    )
