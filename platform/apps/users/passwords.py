"""What a new password must be, wherever one is set."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import ValidationError

from .models import User


def refuse_weak_password(password: str, *, user: User, field: str) -> None:
    """Raises DRF's ValidationError under the name of the field."""
    try:
        validate_password(password, user=user)
    except DjangoValidationError as error:
        raise ValidationError({field: error.messages}) from error
