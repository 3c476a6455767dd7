"""Admin pages that stay fast on large tables and cannot corrupt what only workers write."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

COUNTED_ROWS = 10_000


class BoundedPaginator(Paginator[Any]):
    """Counts no further than anyone pages."""

    @cached_property
    def count(self) -> int:
        if not isinstance(self.object_list, QuerySet):
            return len(self.object_list)
        return self.object_list[:COUNTED_ROWS].count()


class LargeTableAdmin(admin.ModelAdmin[Any]):
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)


class ReadOnlyAdmin(LargeTableAdmin):
    """Rows that only actions and workers write: a hand edit would break what they rely on."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # the signature is Django's
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  # the signature is Django's
        obj: Model | None = None,  # noqa: ARG002  # the signature is Django's
    ) -> bool:
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002  # the signature is Django's
        obj: Model | None = None,  # noqa: ARG002  # the signature is Django's
    ) -> bool:
        return False
