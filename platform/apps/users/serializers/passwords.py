from typing import Any

from rest_framework import serializers

from apps.core.serializers import InputSerializer
from apps.users.passwords import refuse_weak_password

from .accounts import STRENGTH_HINT, NewPasswordField, PasswordField


class PasswordChangeInput(InputSerializer):
    """Needs the account as `user` in its context."""

    old_password = PasswordField()
    new_password = NewPasswordField(help_text=f"{STRENGTH_HINT} Not the old one.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        new = attrs["new_password"]
        if new == attrs["old_password"]:
            message = "The new password is the old one."
            raise serializers.ValidationError({"new_password": [message]})
        refuse_weak_password(new, user=self.context["user"], field="new_password")
        return attrs


class OwnPasswordInput(InputSerializer):
    password = PasswordField(help_text="The account's password, once more.")
