from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.movies.filter_fields import RangesForm
from apps.movies.filters import OrderingFilter

from .filters import DayFilter, LibraryFilter
from .models import NotInterested
from .serializers.not_interested import KINDS


class NotInterestedFilter(filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    moment = "created_at"
    from_day, until_day = LibraryFilter.from_day, LibraryFilter.until_day

    kind = filters.ChoiceFilter(
        method="of_kind",
        choices=[(kind, kind) for kind in KINDS],
        help_text="Only films, people or genres.",
    )
    since = DayFilter(method="from_day", help_text="On this day or later, in UTC.")
    until = DayFilter(method="until_day", help_text="On this day or earlier, in UTC.")
    ordering = OrderingFilter(
        {"-created_at": ("-created_at", "-pk"), "created_at": ("created_at", "pk")},
        help_text="Default `-created_at`: newest first.",
    )

    class Meta:
        model = NotInterested
        form = RangesForm
        fields: list[str] = []

    def of_kind(
        self, rows: QuerySet[NotInterested], _name: str, kind: str
    ) -> QuerySet[NotInterested]:
        return rows.filter(**{f"{kind}__isnull": False})
