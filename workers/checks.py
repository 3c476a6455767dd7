"""System checks of what a wrong setting would break only under load."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from django.core.checks import CheckMessage, Error, Tags
from django.core.checks import register as register_check

from .celery import app


def register() -> None:
    register_check(check_time_limits, Tags.compatibility)
    register_check(check_list_settings, Tags.compatibility)
    register_check(check_model_settings, Tags.compatibility)


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
    """Their modules are loaded by name and only now: no web process loads NumPy."""
    lists = import_module("services.recommendations.list_settings").ListSettings
    return _unusable("RECOMMENDER_PIPELINE", lists.from_environment, "workers.E002")


def check_model_settings(**_: Any) -> Sequence[CheckMessage]:
    models = import_module("services.recommendations.model_settings").ModelSettings
    return _unusable("RECOMMENDER_MODEL", models.from_environment, "workers.E003")


def _unusable(variable: str, read: Callable[[], object], code: str) -> Sequence[CheckMessage]:
    try:
        read()
    except ValueError as error:
        hint = "docs/ALGORITHM.md names the settings and what they mean."
        return [Error(f"{variable} cannot be used: {error}.", hint=hint, id=code)]
    return []


def _too_long(name: str, limit: float | None, timeout: float) -> Error:
    return Error(
        f"Task {name} may run for {limit} s, the visibility timeout is {timeout} s.",
        hint="Lower the task's time_limit or raise visibility_timeout.",
        id="workers.E001",
    )
