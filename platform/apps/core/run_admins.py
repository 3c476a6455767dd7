"""What the lists of long runs have in common."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils import timezone

from .admin_display import NOTHING, age, duration, first_line
from .model_admins import ReadOnlyAdmin
from .operator_actions import OperatorActionsAdmin
from .runs import Run

RUN_FIELDS: tuple[str, Any] = (
    "Run",
    {
        "description": "A worker holds the run until “leased until” and says with each heartbeat "
        "that it lives. Attempts count claims that have not yet saved anything; after five the "
        "run has failed.",
        "fields": (
            "created_at",
            "started_at",
            "finished_at",
            "took",
            "heartbeat_at",
            "leased_until",
            "attempts",
            "error",
        ),
    },
)


class RunAdmin(ReadOnlyAdmin):
    readonly_fields: ClassVar[tuple[str, ...]] = ("took",)

    @admin.display(description="Took")
    def took(self, run: Run) -> str:
        if run.started_at is None:
            return NOTHING
        return duration((run.finished_at or timezone.now()) - run.started_at)

    @admin.display(description="Age")
    def asked(self, run: Run) -> str:
        return age(run.created_at, now=timezone.now())

    @admin.display(description="Heartbeat")
    def heartbeat(self, run: Run) -> str:
        return age(run.heartbeat_at, now=timezone.now())

    @admin.display(description="Error")
    def problem(self, run: Run) -> str:
        return first_line(run.error) or NOTHING


class ActionRunAdmin(OperatorActionsAdmin, RunAdmin):
    """A run that operators ask for, cancel and publish."""
