from django.contrib import admin

from apps.core.admin_filters import NumberFilter
from apps.users.models import Session

from .of_viewer import OfViewerAdmin


@admin.register(Session)
class SessionAdmin(OfViewerAdmin):
    """Nothing here is a token, and none can be made of what is shown."""

    list_display = ("user", "device", "ip_address", "created_at", "last_seen_at", "expires_at")
    list_select_related = ("user",)
    list_filter = (("user", NumberFilter),)
    # About the order of use, by an index: each refresh moves the expiry.
    ordering = ("-expires_at", "-pk")
    fieldsets = (
        (
            None,
            {
                "description": "One login on one device. Its owner ends it through the API; "
                "“End all sessions” on the account's page ends every one of the account.",
                "fields": ("user", "device", "ip_address"),
            },
        ),
        ("Dates", {"fields": ("created_at", "last_seen_at", "expires_at")}),
    )
