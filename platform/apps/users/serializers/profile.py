from collections.abc import Callable
from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from apps.core.serializers import InputSerializer, StrictBooleanField, StrictCharField
from apps.users.iso_codes import language_codes, region_codes
from apps.users.models import INCLUDE_ADULT_HINT, IS_PRIVATE_HINT, User

MAX_DISPLAY_NAME_LENGTH = 80
# Control characters, line ends, and what makes the text after it run the other way.
_PLAIN_TEXT = RegexValidator(
    r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*\Z",
    "Control characters are not allowed.",
    code="invalid",
)


class CodeField(StrictCharField):
    """A code of a standard in its one spelling, or nothing."""

    default_error_messages = {"unknown_code": "A code such as {example}, or nothing."}

    def __init__(
        self, codes: Callable[[], frozenset[str]], *, example: str, **options: Any
    ) -> None:
        self.codes = codes
        self.example = example
        super().__init__(allow_blank=True, trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if code not in self.codes():
            self.fail("unknown_code", example=self.example)
        return code


class CodeFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Lists the codes."""

    target_class = "apps.users.serializers.profile.CodeField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:  # noqa: ARG002  # the signature is drf-spectacular's
        return {"type": "string", "enum": ["", *sorted(self.target.codes())]}


class ProfileInput(InputSerializer):
    display_name = StrictCharField(
        allow_blank=True,
        max_length=MAX_DISPLAY_NAME_LENGTH,
        validators=[_PLAIN_TEXT],
        help_text="Spaces at its ends are dropped.",
    )
    language = CodeField(language_codes, example="fr", help_text="ISO 639-1; empty for none.")
    region = CodeField(region_codes, example="CH", help_text="ISO 3166-1; empty for none.")
    include_adult = StrictBooleanField(help_text=INCLUDE_ADULT_HINT)
    is_private = StrictBooleanField(help_text=IS_PRIVATE_HINT)


class ProfileOutput(serializers.ModelSerializer[User]):
    email_verified = serializers.SerializerMethodField(
        help_text="Whether the link of a verification mail was followed."
    )

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "email_verified",
            "display_name",
            "language",
            "region",
            "include_adult",
            "is_private",
            "date_joined",
        ]
        read_only_fields = fields

    def get_email_verified(self, user: User) -> bool:
        return user.email_verified_at is not None
