from typing import Any

from django.db.models import QuerySet

from apps.core.model_admins import ReadOnlyAdmin, as_id


class OfViewerAdmin(ReadOnlyAdmin):
    """Rows found by the viewer whose they are."""

    search_fields = ("user__email",)
    search_help_text = "The viewer's e-mail address, whole, or the viewer's id."

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        number = as_id(term)
        if number is not None:
            return queryset.filter(user=number)
        return queryset.filter(user__email=term.lower())
