from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from rest_framework import serializers

from apps.core.serializers import InputSerializer, StrictCharField
from apps.users.models import User

MAX_EMAIL_LENGTH = 254
MAX_PASSWORD_LENGTH = 128


class PasswordField(StrictCharField):
    """Taken letter by letter: spaces at its ends belong to a password."""

    def __init__(self, **options: Any) -> None:
        options["style"] = {"input_type": "password"}
        super().__init__(trim_whitespace=False, max_length=MAX_PASSWORD_LENGTH, **options)


class RegisterInput(InputSerializer):
    email = serializers.EmailField(max_length=MAX_EMAIL_LENGTH)
    password = PasswordField(help_text="At least 8 characters, not common, not all digits.")

    def validate_email(self, email: str) -> str:
        lowered = email.lower()
        # Some letters become two: the lower case of U+0130 is an i and a dot above.
        if len(lowered) > MAX_EMAIL_LENGTH:
            self.fields["email"].fail("max_length", max_length=MAX_EMAIL_LENGTH)
        return lowered

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            validate_password(attrs["password"], user=User(email=attrs["email"]))
        except ValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from error
        return attrs


class UserOutput(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "display_name"]
        read_only_fields = fields
