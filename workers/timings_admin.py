"""The admin's pages of intervals, crontabs and clocked times, each of which tasks may share."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    SolarSchedule,
)

from apps.core.admin_display import NOTHING, row_link, side_by_side
from apps.core.model_admins import LargeTableAdmin, ReadOnlyAdmin

SHARED = (
    "A change here changes the time of every task that uses this row. To change one task, choose "
    "another row on the task's own page."
)


class TimingAdmin(LargeTableAdmin):
    """Names the tasks at this time, and keeps the row while there are any.

    The library's foreign keys cascade: with the interval its tasks would go.
    """

    timing: tuple[str, ...]
    readonly_fields = ("used_by",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("periodictask_set")

    def get_fieldsets(
        self,
        request: HttpRequest,  # noqa: ARG002  # the signature is Django's
        obj: Any = None,
    ) -> Any:
        if obj is None:
            return ((None, {"fields": self.timing}),)
        return ((None, {"description": SHARED, "fields": (*self.timing, "used_by")}),)

    @admin.display(description="Used by")
    def used_by(self, row: Any) -> SafeString | str:
        tasks = sorted(row.periodictask_set.all(), key=str)
        links = (row_link(task.name, "django_celery_beat_periodictask", task.pk) for task in tasks)
        return side_by_side(*links) or NOTHING

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        rows = list(objs)
        shown, counts, lacking, protected = super().get_deleted_objects(rows, request)
        names = sorted(task.name for row in rows for task in row.periodictask_set.all())
        protected += [f"the periodic task “{name}”, which would never run again" for name in names]
        return shown, counts, lacking, protected


admin.site.unregister([IntervalSchedule, CrontabSchedule, ClockedSchedule, SolarSchedule])


@admin.register(IntervalSchedule)
class IntervalAdmin(TimingAdmin):
    list_display = ("__str__", "used_by")
    timing = ("every", "period")


@admin.register(CrontabSchedule)
class CrontabAdmin(TimingAdmin):
    list_display = ("__str__", "human_readable", "used_by")
    timing = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")


@admin.register(ClockedSchedule)
class ClockedAdmin(TimingAdmin):
    list_display = ("clocked_time", "used_by")
    timing = ("clocked_time",)


@admin.register(SolarSchedule)
class SolarAdmin(ReadOnlyAdmin):
    """Beat ends with an error at a solar schedule: the library for it is not installed."""

    list_display = ("event", "latitude", "longitude")
