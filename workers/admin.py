"""The admin's page of periodic tasks, without what would load the workers' code into the web."""

from typing import Any

from django import forms
from django.contrib import admin
from django_celery_beat.admin import PeriodicTaskAdmin, PeriodicTaskForm
from django_celery_beat.models import PeriodicTask

from .schedule import SCHEDULE


class ScheduledTaskForm(PeriodicTaskForm):  # type: ignore[misc]  # the library has no types
    """Offers the tasks that are meant to be scheduled, and the one the row already has."""

    # The library's field asks Celery for all tasks, which imports the services and NumPy.
    regtask = None
    task = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {periodic.task for periodic in SCHEDULE.values()} | {self.instance.task}
        self.fields["task"].choices = [(name, name) for name in ("", *sorted(names - {""}))]

    def clean(self) -> dict[str, Any]:
        # The library's check expects that the field itself was sound.
        self.cleaned_data.setdefault("task", "")
        data: dict[str, Any] = super().clean()
        return data


def _without_regtask(fieldsets: Any) -> Any:
    return tuple(
        (title, options | {"fields": tuple(f for f in options["fields"] if f != "regtask")})
        for title, options in fieldsets
    )


admin.site.unregister(PeriodicTask)


@admin.register(PeriodicTask)
class ScheduledTaskAdmin(PeriodicTaskAdmin):  # type: ignore[misc]  # the library has no types
    form = ScheduledTaskForm
    fieldsets = _without_regtask(PeriodicTaskAdmin.fieldsets)
    # Running a task now would import it and wait for the broker as long as a worker does.
    actions = tuple(name for name in PeriodicTaskAdmin.actions if name != "run_tasks")
