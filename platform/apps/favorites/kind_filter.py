from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.movies.filters import NoEmptyValuesForm

from .models import NotInterested
from .serializers.not_interested import KINDS


class NotInterestedFilter(filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    kind = filters.ChoiceFilter(
        method="of_kind",
        choices=[(kind, kind) for kind in KINDS],
        help_text="Only films, people or genres.",
    )

    class Meta:
        model = NotInterested
        form = NoEmptyValuesForm
        fields: list[str] = []

    def of_kind(
        self, rows: QuerySet[NotInterested], _name: str, kind: str
    ) -> QuerySet[NotInterested]:
        return rows.filter(**{f"{kind}__isnull": False})
