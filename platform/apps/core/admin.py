"""The audit trail and the heartbeats, which nobody edits."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from .admin_display import age
from .admin_filters import NumberFilter
from .model_admins import ReadOnlyAdmin
from .models import Heartbeat


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("action_time", "user", "action", "content_type", "object_repr", "message")
    list_select_related = ("user", "content_type")
    list_filter = ("content_type", ("user", NumberFilter))
    fields = (
        "action_time",
        "user",
        "action",
        "content_type",
        "object_id",
        "object_repr",
        "message",
    )
    readonly_fields = ("action", "message")

    @admin.display(description="Action")
    def action(self, entry: LogEntry) -> str:
        return entry.get_action_flag_display()

    @admin.display(description="Message")
    def message(self, entry: LogEntry) -> str:
        return entry.get_change_message()


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "seen_at", "seen")
    ordering = ("name",)

    @admin.display(description="Age")
    def seen(self, heartbeat: Heartbeat) -> str:
        return age(heartbeat.seen_at, now=timezone.now())
