"""How long viewers waited for their lists, one row for each build."""

from django.contrib import admin

from apps.core.model_admins import ReadOnlyAdmin
from apps.recommendations.models import ListFreshness


@admin.register(ListFreshness)
class ListFreshnessAdmin(ReadOnlyAdmin):
    list_display = ("readable_at", "list_id", "waited", "held", "is_exact")
    list_filter = ("is_exact",)
    ordering = ("-readable_at",)
    # Counting two days of builds would cost more than the page.
    show_full_result_count = False
    readonly_fields = ("waited", "newest", "held")
    fieldsets = (
        (
            None,
            {
                "description": "One build after a viewer's own writes: how long the viewer waited, "
                "from the commit of the oldest write that no list had seen to the commit of the "
                "list. “Held” is the part of it in which the last list was too young for another "
                "one. The sums of an hour and a day are at /api/v1/ops/freshness/.",
                "fields": ("list_id", "readable_at", "waited", "newest", "held", "is_exact"),
            },
        ),
    )

    @admin.display(description="Waited", ordering="waited_seconds")
    def waited(self, row: ListFreshness) -> str:
        return _milliseconds(row.waited_seconds)

    @admin.display(description="From the newest write", ordering="newest_seconds")
    def newest(self, row: ListFreshness) -> str:
        return _milliseconds(row.newest_seconds)

    @admin.display(description="Held", ordering="held_seconds")
    def held(self, row: ListFreshness) -> str:
        return _milliseconds(row.held_seconds)


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"
