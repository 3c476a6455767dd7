"""Admin pages that stay fast on large tables and cannot corrupt what only workers write."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import CASCADE, PROTECT, ForeignObjectRel, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

COUNTED_ROWS = 10_000
# A page that asks whether to delete something counts no further than this.
COUNTED_RELATED = 1_000
MAX_SEARCH_CHARS = 200
_MAX_BIGINT = 2**63 - 1


class AtLeast(int):
    """A count that stopped there, and says so wherever a page prints it."""

    def __str__(self) -> str:
        return f"{int(self):,}+"


def bounded_count(queryset: QuerySet[Any], *, bound: int) -> int:
    """How many rows there are, AtLeast `bound` if there are more."""
    # Unordered, so that no page is sorted only to be counted.
    count = queryset.order_by()[: bound + 1].count()
    return AtLeast(bound) if count > bound else count


class BoundedPaginator(Paginator[Any]):
    """Counts no further than anyone pages."""

    @cached_property
    def count(self) -> int:
        if not isinstance(self.object_list, QuerySet):
            return len(self.object_list)
        return bounded_count(self.object_list, bound=COUNTED_ROWS)


class BoundedChangeList(ChangeList):
    """Sorts by no column but those that an index serves, whatever the address says."""

    def get_ordering_field(self, field_name: Any) -> Any:
        if field_name not in (self.sortable_by or ()):
            return None
        return super().get_ordering_field(field_name)


class LargeTableAdmin(admin.ModelAdmin[Any]):
    """Searches, filters, sorts and counts by indexes only.

    A subclass with a search box sets `search_fields`, to show it, and implements `search`.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    # Facets would count all rows for each choice of each filter.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    sortable_by: ClassVar[tuple[str, ...]] = ()

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("core/admin.css",)}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002  # the signature is Django's
        return BoundedChangeList

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Rows are deleted one by one, each on a page that says what goes along."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Nothing is done to all rows when the page did not say how many they are."""
        across = request.POST.get("select_across", "") not in ("", "0")
        if across and isinstance(bounded_count(queryset, bound=COUNTED_ROWS), AtLeast):
            text = (
                f"Nothing was done: there are more than {COUNTED_ROWS:,} "
                f"{self.opts.verbose_name_plural}. Narrow them down by search and filters."
            )
            self.message_user(request, text, messages.ERROR)
            return None
        return super().response_action(request, queryset)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Django allows any field of the model in the address; here only the filters offered."""
        return lookup.split("__", maxsplit=1)[0] in self.filter_names() and super().lookup_allowed(
            lookup, value, request
        )

    def filter_names(self) -> set[str]:
        """The names that the filters of this page put into the address."""
        names: set[str] = set()
        for offered in self.list_filter:
            name: Any = offered[0] if isinstance(offered, tuple) else offered
            names.add(name if isinstance(name, str) else name.parameter_name)
        return names

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:  # for subclasses
        """The rows that `term` finds, by indexes."""
        raise NotImplementedError

    def get_search_results(
        self,
        request: HttpRequest,  # the signature is Django's
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        """One term, not Django's words each of which must match by itself."""
        term = search_term.replace("\x00", "").strip()[:MAX_SEARCH_CHARS]
        if not (term and self.get_search_fields(request)):
            return queryset, False
        return self.search(queryset, term), False

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What goes along and what stands against it, in numbers that are cheap to find.

        Django would load and list each related row: a film may have a hundred thousand ratings.
        """
        rows = list(objs)
        may = all(self.has_delete_permission(request, row) for row in rows)
        lacking = set() if may else {str(self.opts.verbose_name)}
        counts = {str(self.opts.verbose_name_plural): len(rows), **self._related(CASCADE, rows)}
        protected = [f"{count} {name}" for name, count in self._related(PROTECT, rows).items()]
        return [str(row) for row in rows], counts, lacking, protected

    def _related(self, on_delete: Any, rows: list[Model]) -> dict[str, int]:
        """Related rows that are there, by the plural of their name."""
        counts: dict[str, int] = {}
        for relation in self._relations(on_delete):
            if count := _count_related(relation, rows):
                model: Any = relation.related_model
                counts[str(model._meta.verbose_name_plural)] = count  # noqa: SLF001  # Django's API
        return counts

    def _relations(self, on_delete: Any) -> list[ForeignObjectRel]:
        relations = self.opts.related_objects
        return [relation for relation in relations if relation.on_delete is on_delete]


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


def as_id(term: str) -> int | None:
    """The term as a number that fits every id column's comparison, if it is one."""
    if not (term.isascii() and term.isdigit() and len(term) <= len(str(_MAX_BIGINT))):
        return None
    number = int(term)
    return number if number <= _MAX_BIGINT else None


def _count_related(relation: ForeignObjectRel, rows: list[Model]) -> int:
    model: Any = relation.related_model
    found = model._default_manager.filter(**{f"{relation.field.name}__in": rows})  # noqa: SLF001  # whichever model it is
    return bounded_count(found, bound=COUNTED_RELATED)
