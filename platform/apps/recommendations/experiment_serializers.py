"""What operators send of experiments."""

from collections.abc import Iterator
from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.core.operator_actions import MAX_REASON
from apps.core.serializers import (
    BoundedListField,
    InputSerializer,
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
    StrictNumberField,
)

from .actions import VariantDraft
from .experimenting.assignment import PLACES
from .experimenting.variant_settings import SETTINGS, Number, read_settings
from .models import (
    DEFAULT_DAYS,
    DEFAULT_EFFECT,
    MAX_DAYS,
    MAX_VARIANTS,
    Experiment,
    Variant,
)

_LEAST_EFFECT = 0.001
_MAX_TEXT = 2_000


def _range(number: Number) -> dict[str, Any]:
    return {
        "type": "integer" if number.is_whole else "number",
        "minimum": number.lowest,
        "maximum": number.highest,
        **({"nullable": True} if number.may_be_null else {}),
    }


@extend_schema_field(
    {
        "type": "object",
        "properties": {name: _range(number) for name, number in SETTINGS.items()},
        "additionalProperties": False,
    }
)
class SettingsField(serializers.Field[Any, Any, Any, Any]):
    """Settings of the pipeline by name."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise ValidationError("An object of settings by name.", code="not_a_dict")
        try:
            return read_settings(data)
        except ValueError as error:
            raise ValidationError(f"{error}.", code="invalid") from error

    def to_representation(self, value: Any) -> Any:
        return value


class NameField(StrictCharField):
    """What stands in addresses: small letters, digits and hyphens."""

    def __init__(self, **options: Any) -> None:
        words = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", "Small letters, digits and hyphens.")
        super().__init__(max_length=60, validators=[words], **options)


class VariantInput(InputSerializer):
    name = NameField()
    share = StrictIntegerField(
        min_value=1, max_value=PLACES, help_text="In thousandths of all viewers."
    )
    is_control = StrictBooleanField(
        default=False, help_text="What the others are compared with; exactly one is."
    )
    kind = serializers.ChoiceField(
        choices=Variant.Kind.choices,
        default=Variant.Kind.PIPELINE,
        help_text="`popularity` is a holdback: popular films alone, to tell what the rest brings.",
    )
    pipeline = SettingsField(
        required=False,
        help_text="Of `pipeline`: the settings that differ from the platform's, by name.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return {"pipeline": {}, **attrs}


class VariantsField(BoundedListField):
    """Its errors are told as those of one field, each with the place and name of its own."""

    child = VariantInput()

    def to_internal_value(self, data: Any) -> list[Any]:
        try:
            found: list[Any] = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError(list(_flat(error.detail))) from error
        return found


def _flat(detail: Any, *path: str) -> Iterator[ErrorDetail]:
    if isinstance(detail, dict):
        for name, faults in detail.items():
            yield from _flat(faults, *path, *([] if name == "non_field_errors" else [str(name)]))
    elif isinstance(detail, list):
        for fault in detail:
            yield from _flat(fault, *path)
    else:
        named = f"{'.'.join(path)}: {detail}" if path else str(detail)
        yield ErrorDetail(named, code=detail.code)


class ExperimentInput(InputSerializer):
    name = NameField()
    description = StrictCharField(
        required=False, allow_blank=True, max_length=_MAX_TEXT, help_text="What is to be learned."
    )
    salt = StrictCharField(
        required=False,
        max_length=64,
        help_text="Decides who reads which variant, by default the name. With that of an earlier "
        "experiment the same viewers stand at the same places.",
    )
    metric = serializers.ChoiceField(
        choices=Experiment.Metric.choices,
        default=Experiment.Metric.CLICKS,
        help_text="What decides.",
    )
    effect = StrictNumberField(
        default=DEFAULT_EFFECT,
        min_value=_LEAST_EFFECT,
        max_value=1,
        help_text="The difference worth finding, as a share of the control's metric.",
    )
    max_days = StrictIntegerField(
        default=DEFAULT_DAYS,
        min_value=1,
        max_value=MAX_DAYS,
        help_text="After which it is stopped; what viewers were shown has to be kept for longer.",
    )
    variants = VariantsField(
        min_length=2,
        max_length=MAX_VARIANTS,
        help_text="In the order in which they take their shares of the viewers.",
    )

    def validate_variants(self, value: list[dict[str, Any]]) -> list[VariantDraft]:
        return [VariantDraft(**each) for each in value]


class StopInput(InputSerializer):
    reason = StrictCharField(max_length=MAX_REASON, help_text="For the record and the audit trail.")
