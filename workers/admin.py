"""The admin's page of periodic tasks, without what would load the workers' code into the web."""

import json
import math
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django_celery_beat.admin import PeriodicTaskAdmin, PeriodicTaskForm
from django_celery_beat.models import PeriodicTask, PeriodicTasks

from apps.core.admin_display import NOTHING, age, duration
from apps.core.operator_actions import NotDoneError, OperatorActionsAdmin, operator_action, user_id

from . import (
    publisher,
    queues,
    timings_admin,  # noqa: F401  # registers its pages
)
from .next_runs import LATE_AFTER, next_run
from .schedule import SCHEDULE

MAY_CHANGE = "django_celery_beat.change_periodictask"
AWAY = "The message broker is away, so nothing was sent."


EXPLAINED = {
    "name": ("Name", "The standard schedule is known by its names: a renamed task comes twice."),
    "enabled": ("Switched on", "Beat sends the task when it is due."),
    "interval": ("Interval", "Every so many seconds, minutes, hours or days."),
    "crontab": ("Crontab", "At fixed times."),
    "clocked": ("Clocked", "Once, at that time; needs “one-off”."),
    "one_off": ("One-off", "Sent once, then switched off."),
    "start_time": ("Not before", "Nothing is sent before that time."),
    "kwargs": ("Arguments", "A JSON object of keyword arguments, mostly {}."),
    "expire_seconds": ("Expires after (seconds)", "Counted from the sending of each message."),
    "expires": ("Expires at", "The task is switched off then. Set this or the seconds, not both."),
}


class ScheduledTaskForm(PeriodicTaskForm):  # type: ignore[misc]  # the library has no types
    """Offers the tasks that are meant to be scheduled, and the one the row already has."""

    # The library's field asks Celery for all tasks, which imports the services and NumPy.
    regtask = None
    task = forms.ChoiceField(help_text="What workers do. The word before the dot is its queue.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {periodic.task for periodic in SCHEDULE.values()} | {self.instance.task}
        # The form of somebody who may only look has no fields.
        for name in EXPLAINED.keys() & self.fields.keys():
            self.fields[name].label, self.fields[name].help_text = EXPLAINED[name]
        if "task" in self.fields:
            self.fields["task"].choices = [(name, name) for name in ("", *sorted(names - {""}))]

    def clean(self) -> dict[str, Any]:
        # The library's check expects that the field itself was sound.
        self.cleaned_data.setdefault("task", "")
        data: dict[str, Any] = super().clean()
        return data

    def clean_kwargs(self) -> str:
        value: str = self.cleaned_data["kwargs"] or "{}"
        _read_arguments(value)
        return value


def _read_arguments(text: str) -> dict[str, Any]:
    """Raises forms.ValidationError unless the text is a JSON object."""
    arguments = _read_json(text or "{}")
    if not isinstance(arguments, dict):
        raise forms.ValidationError('Write a JSON object, such as {"name": "value"}.')
    return arguments


def _read_json(text: str) -> Any:
    """Raises forms.ValidationError unless the text is JSON whose numbers are finite."""
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise forms.ValidationError(f"This is not JSON: {error}") from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no finite number")
    return number


def _own_queue(task: str) -> str | None:
    route = queues.route_by_name(task)
    return route["queue"] if route else None


admin.site.unregister(PeriodicTask)


@admin.register(PeriodicTask)
class ScheduledTaskAdmin(OperatorActionsAdmin, PeriodicTaskAdmin):  # type: ignore[misc]  # the library has no types
    form = ScheduledTaskForm
    list_display = ("name", "task", "enabled", "scheduler", "last_sent", "next_send")
    list_filter = ("enabled", "task")
    sortable_by = ("name", "task", "enabled")
    ordering = ("name",)
    date_hierarchy = None
    search_fields = ("name", "task")
    readonly_fields = ("last_sent", "next_send", "crontab_translation", "goes_to")
    fieldsets = (
        (
            None,
            {
                "description": "Beat reads this page's changes within seconds, and keeps them over "
                "restarts and deployments. A deleted task of the standard schedule comes back with "
                "the next deployment; switch it off instead.",
                "fields": ("name", "task", "enabled", "description"),
            },
        ),
        (
            "Schedule",
            {
                "description": "Choose exactly one of interval, crontab and clocked.",
                "fields": (
                    "interval",
                    "crontab",
                    "crontab_translation",
                    "clocked",
                    "one_off",
                    "start_time",
                    "last_sent",
                    "next_send",
                ),
            },
        ),
        (
            "Message",
            {
                "description": "A message that no worker has begun in time is dropped, so that a "
                "worker that was away does not run the task many times over.",
                "fields": ("kwargs", "expire_seconds", "expires", "goes_to"),
            },
        ),
    )
    actions = ("run_tasks_now", "enable_tasks", "disable_tasks")
    change_actions = ("run_now",)

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        return queryset.filter(name__icontains=term) | queryset.filter(task__icontains=term)

    @admin.display(description="Crontab in words")
    def crontab_translation(self, row: PeriodicTask) -> str:
        return row.crontab.human_readable if row.crontab else NOTHING

    @admin.display(description="Last sent by beat", ordering="last_run_at")
    def last_sent(self, row: PeriodicTask) -> str:
        return age(row.last_run_at, now=timezone.now())

    @admin.display(description="Next due")
    def next_send(self, row: PeriodicTask) -> str:
        if row.pk is None:
            return NOTHING
        due, now = next_run(row), timezone.now()
        if due is None:
            return "not any more" if row.enabled else "switched off"
        if now - due > LATE_AFTER:
            return f"overdue by {duration(now - due)}: is beat running?"
        return f"in {duration(due - now)}" if due > now else "now"

    @admin.display(description="Queue")
    def goes_to(self, row: PeriodicTask) -> str:
        if not row.task:
            return NOTHING
        own = _own_queue(row.task) or "no queue"
        if row.queue and row.queue != own:
            return f"{row.queue}, which is wrong: saving this page puts it back into {own}"
        return own

    def save_model(self, request: HttpRequest, obj: PeriodicTask, form: Any, change: Any) -> None:
        """A canary in another queue would report the wrong worker, so a task keeps its own."""
        obj.queue = obj.exchange = obj.routing_key = None
        super().save_model(request, obj, form, change)

    @operator_action(
        label="Run now",
        description="Send this task to its queue once, beside its schedule",
        permission=MAY_CHANGE,
    )
    def run_now(self, request: HttpRequest, row: PeriodicTask) -> str:
        self._send(request, row)
        return f"“{row.name}” is sent: a worker runs {row.task} as soon as its queue comes to it."

    @admin.action(description="Run selected tasks now", permissions=["change"])
    def run_tasks_now(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        for row in chosen.order_by("name"):
            try:
                self._send(request, row)
            except NotDoneError as error:
                self.message_user(request, f"“{row.name}”: {error}", messages.ERROR)
            else:
                self.message_user(request, f"“{row.name}” is sent.", messages.SUCCESS)

    def _send(self, request: HttpRequest, row: PeriodicTask) -> None:
        if not publisher.publish(row.task, _sendable(row), expires=row.expires_):
            raise NotDoneError(f"{AWAY} The schedule goes on by itself when it is back.")
        self.log_change(request, row, "Run now.")

    @admin.action(description="Switch on selected tasks", permissions=["change"])
    def enable_tasks(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, enabled=True)

    @admin.action(description="Switch off selected tasks", permissions=["change"])
    def disable_tasks(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._switch(request, queryset, enabled=False)

    @transaction.atomic
    def _switch(self, request: HttpRequest, queryset: QuerySet[Any], *, enabled: bool) -> None:
        rows = list(queryset)
        # Without its last run a task that is switched on again waits for its next time.
        queryset.update(enabled=enabled, last_run_at=None, date_changed=timezone.now())
        PeriodicTasks.update_changed()
        done = "Switched on" if enabled else "Switched off"
        LogEntry.objects.log_actions(user_id(request), rows, CHANGE, f"{done}.")
        names = ", ".join(row.name for row in rows)
        self.message_user(request, f"{done}: {names}.", messages.SUCCESS)


def _sendable(row: PeriodicTask) -> dict[str, Any]:
    """The row's arguments. Raises NotDoneError if SQL put something into it that no form would."""
    own = _own_queue(row.task)
    if own is None:
        raise NotDoneError(f"Nothing was sent: no queue is {row.task}'s.")
    if row.queue and row.queue != own:
        raise NotDoneError(
            f"Nothing was sent: the task belongs into the queue {own}, not {row.queue}. Save its "
            "page, which puts it back."
        )
    try:
        kwargs, args = _read_arguments(row.kwargs), _read_json(row.args or "[]")
    except forms.ValidationError as error:
        raise NotDoneError(f"Nothing was sent: {error.messages[0]}") from error
    if args:
        raise NotDoneError("Nothing was sent: tasks take keyword arguments only.")
    return kwargs
