from django_filters import rest_framework as filters

from .filter_fields import NoEmptyValuesForm
from .models import SyncRun


class SyncRunFilter(filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    kind = filters.ChoiceFilter(choices=SyncRun.Kind.choices, help_text="What it fetches.")
    state = filters.ChoiceFilter(
        choices=SyncRun.State.choices, help_text="`requested` and `running` ones are open."
    )

    class Meta:
        model = SyncRun
        form = NoEmptyValuesForm
        fields: list[str] = []
