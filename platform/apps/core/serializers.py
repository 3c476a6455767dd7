from typing import Any, ClassVar

from rest_framework import serializers

from .errors import ErrorCode

_SHOWN_CHARACTERS = 60


class InputSerializer(serializers.Serializer[Any]):
    """A request body. A field that it does not know is refused instead of ignored."""

    # Names of fields of which a body has exactly one.
    exactly_one_of: ClassVar[tuple[str, ...]] = ()
    # Names of fields that a PATCH has to send, too.
    always_needed: ClassVar[tuple[str, ...]] = ()
    # Whether a body without any field is refused.
    needs_any: ClassVar[bool] = False

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            self._refuse_unknown(data)
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = self.exactly_one_of
        if names and len(attrs.keys() & set(names)) != 1:
            raise serializers.ValidationError(f"Send exactly one of {', '.join(names)}.")
        if self.needs_any and not attrs:
            raise serializers.ValidationError(f"Send at least one of {', '.join(self.fields)}.")
        return attrs

    def _refuse_unknown(self, data: dict[str, Any]) -> None:
        known = {name for name, field in self.fields.items() if not field.read_only}
        unknown = sorted(data.keys() - known)
        if not unknown:
            return
        # A name may hold what UTF-8 cannot carry, such as half a surrogate pair.
        shown = ascii(unknown[0][:_SHOWN_CHARACTERS])
        message = f"{shown} is no field here; the fields are {', '.join(sorted(known))}."
        raise serializers.ValidationError(
            {"non_field_errors": [message]}, code=ErrorCode.UNKNOWN_FIELD.value
        )


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer: no text, no fraction, no boolean, of which DRF takes some for numbers."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictNumberField(serializers.FloatField):
    """A JSON number: no text and no boolean, which DRF takes for numbers."""

    def to_internal_value(self, data: Any) -> float:
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        try:
            return super().to_internal_value(data)
        except OverflowError:
            self.fail("invalid")


class StrictCharField(serializers.CharField):
    """A JSON string: no number, which DRF takes for its digits."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictBooleanField(serializers.BooleanField):
    """JSON's true or false: DRF also takes "yes", "off", 1 and their kin."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class BoundedListField(serializers.ListField):
    """Refuses a list that is too long before it looks at the items, which DRF does after.

    A body of ordinary size holds a hundred thousand bad items, each of which would be told.
    """

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        found: list[Any] = super().to_internal_value(data)
        return found
