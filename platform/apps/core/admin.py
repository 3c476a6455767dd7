"""The audit trail and the heartbeats, which nobody edits."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils import timezone
from django.utils.html import format_html

from .admin_display import age
from .admin_filters import NumberFilter
from .model_admins import ReadOnlyAdmin
from .models import Heartbeat


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ("action_time", "user", "message", "on", "content_type")
    list_select_related = ("user", "content_type")
    list_filter = (("user", NumberFilter), "content_type")
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

    @admin.display(description="On")
    def on(self, entry: LogEntry) -> str:
        address, text = entry.get_admin_url(), str(entry.object_repr)
        if address is None or entry.is_deletion():
            return text
        return format_html('<a href="{}">{}</a>', address, text)

    @admin.display(description="Done")
    def message(self, entry: LogEntry) -> str:
        text: str = entry.get_change_message() or entry.get_action_flag_display()
        return text


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "seen_at", "seen")
    ordering = ("name",)

    @admin.display(description="Age")
    def seen(self, heartbeat: Heartbeat) -> str:
        return age(heartbeat.seen_at, now=timezone.now())
