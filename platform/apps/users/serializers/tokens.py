from typing import Any

from rest_framework import serializers

from apps.core.serializers import InputSerializer, StrictCharField
from apps.users.models import Session
from apps.users.tokens import TokenPair

from .accounts import PasswordField
from .addresses import MAX_EMAIL_LENGTH

# Ours have some 400 characters.
MAX_TOKEN_LENGTH = 2048


class LoginInput(InputSerializer):
    email = StrictCharField(max_length=MAX_EMAIL_LENGTH)
    password = PasswordField()


class RefreshInput(InputSerializer):
    refresh = StrictCharField(max_length=MAX_TOKEN_LENGTH)


class TokenInput(InputSerializer):
    token = StrictCharField(max_length=MAX_TOKEN_LENGTH, help_text="An access or refresh token.")


class TokenPairOutput(serializers.Serializer[TokenPair]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class VerifiedTokenOutput(serializers.Serializer[dict[str, Any]]):
    token_type = serializers.ChoiceField(choices=["access", "refresh"])
    expires_at = serializers.DateTimeField()


class SessionOutput(serializers.ModelSerializer[Session]):
    is_current = serializers.SerializerMethodField(help_text="Whether this request came by it.")

    class Meta:
        model = Session
        fields = [
            "id",
            "device",
            "ip_address",
            "created_at",
            "last_seen_at",
            "expires_at",
            "is_current",
        ]
        read_only_fields = fields

    def get_is_current(self, session: Session) -> bool:
        return bool(session.pk == self.context["request"].auth.pk)
