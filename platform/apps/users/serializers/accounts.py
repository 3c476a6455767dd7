from typing import Any

from rest_framework import serializers

from apps.core.serializers import InputSerializer, StrictCharField
from apps.users.models import User
from apps.users.passwords import refuse_weak_password

from .addresses import AddressField

MAX_PASSWORD_LENGTH = 128
MIN_PASSWORD_LENGTH = 8
STRENGTH_HINT = "Not common, not all digits, not like the e-mail address."


class PasswordField(StrictCharField):
    """Taken letter by letter: spaces at its ends belong to a password."""

    def __init__(self, **options: Any) -> None:
        options["style"] = {"input_type": "password"}
        super().__init__(trim_whitespace=False, max_length=MAX_PASSWORD_LENGTH, **options)


class NewPasswordField(PasswordField):
    """Checks the length, so that the schema tells it; `refuse_weak_password` the rest."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=MIN_PASSWORD_LENGTH, **options)


class RegisterInput(InputSerializer):
    email = AddressField()
    password = NewPasswordField(help_text=STRENGTH_HINT)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_weak_password(attrs["password"], user=User(email=attrs["email"]), field="password")
        return attrs


class UserOutput(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "email", "display_name"]
        read_only_fields = fields
