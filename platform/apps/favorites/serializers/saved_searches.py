from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.serializers import InputSerializer, StrictCharField
from apps.favorites.models import LONGEST_NAME, SavedSearch
from apps.movies.views.kept_parameters import (
    LONGEST_PATH,
    NAMES,
    check_parameters,
    path_of,
    refuse_unknown_names,
)

_TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST_PATH}
_ASKED = (
    "Parameters of `GET movies/search/` if `q` is among them, else of `GET movies/`, each with the "
    "text that stands in the address; without `page`, `page_size` and `fields`."
)


@extend_schema_field(
    {
        "type": "object",
        "properties": dict.fromkeys(NAMES, _TEXT),
        "additionalProperties": False,
        "minProperties": 1,
        "description": f"{_ASKED} They are checked as there.",
    }
)
class ParametersField(serializers.DictField):
    child = StrictCharField(trim_whitespace=False, allow_blank=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty=False, **options)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            refuse_unknown_names(data)
        parameters = super().to_internal_value(data)
        check_parameters(parameters, own_region=self.context["own_region"])
        return parameters


class SavedSearchInput(InputSerializer):
    """Needs `own_region` in its context, the one that the viewer's profile names."""

    name = StrictCharField(
        max_length=LONGEST_NAME, help_text="Yours alone, in whatever case of letters."
    )
    parameters = ParametersField()


class SavedSearchChangeInput(InputSerializer):
    """As `SavedSearchInput`; new parameters take the place of all that were there."""

    needs_any = True

    name = StrictCharField(
        required=False, max_length=LONGEST_NAME, help_text="Yours alone, in whatever case."
    )
    parameters = ParametersField(required=False)


class SavedSearchOutput(serializers.ModelSerializer[SavedSearch]):
    parameters = serializers.DictField(
        child=serializers.CharField(), read_only=True, help_text=_ASKED
    )
    path = serializers.SerializerMethodField(help_text="The address that runs it.")

    class Meta:
        model = SavedSearch
        fields = ["id", "name", "parameters", "path", "created_at", "updated_at"]
        read_only_fields = fields

    def get_path(self, search: SavedSearch) -> str:
        return path_of(search.parameters)
