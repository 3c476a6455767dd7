from rest_framework import serializers

from apps.core.serializers import InputSerializer, StrictCharField

from .accounts import STRENGTH_HINT, NewPasswordField
from .addresses import AddressField

# Ours have 76 characters.
MAX_MAIL_TOKEN_LENGTH = 256


class MailTokenField(StrictCharField):
    def __init__(self) -> None:
        super().__init__(max_length=MAX_MAIL_TOKEN_LENGTH, help_text="The token of the mail.")


class MailInput(InputSerializer):
    email = AddressField()


class VerifyEmailInput(InputSerializer):
    token = MailTokenField()


class PasswordResetInput(InputSerializer):
    token = MailTokenField()
    new_password = NewPasswordField(help_text=STRENGTH_HINT)


class MailRequestedOutput(serializers.Serializer[None]):
    message = serializers.CharField(help_text="For people; the same for every address.")
