from django.contrib import admin

from apps.core.admin_display import NOTHING, first_line
from apps.core.model_admins import ReadOnlyAdmin
from apps.recommendations.models import Alert


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("raised_at", "kind", "subject", "mail", "attempts", "problem")
    list_filter = ("kind",)
    readonly_fields = ("mail",)
    fieldsets = (
        (
            None,
            {
                "description": "A run decided against what was asked for: a model lost against "
                "the one in use, or lists were not published by themselves. Or lists come too late "
                "after viewers' writes.",
                "fields": ("kind", "raised_at", "subject", "text"),
            },
        ),
        (
            "Mail",
            {"fields": ("mail", "recipients", "sent_at", "attempts", "nudge_at", "given_up_at")},
        ),
        ("Error", {"fields": ("error",)}),
    )

    @admin.display(description="Mail")
    def mail(self, alert: Alert) -> str:
        if not alert.recipients:
            return "nobody to send it to"
        if alert.sent_at:
            return "sent"
        return "given up" if alert.given_up_at else "waits"

    @admin.display(description="Error")
    def problem(self, alert: Alert) -> str:
        return first_line(alert.error) or NOTHING
