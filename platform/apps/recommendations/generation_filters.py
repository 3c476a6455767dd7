from django_filters import rest_framework as filters

from apps.movies.filter_fields import NoEmptyValuesForm

from .models import Generation


class GenerationFilter(filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    state = filters.ChoiceFilter(
        choices=Generation.State.choices,
        help_text="Of `ready` ones the lists are built and nobody has read them.",
    )

    class Meta:
        model = Generation
        form = NoEmptyValuesForm
        fields: list[str] = []
