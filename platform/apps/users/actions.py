from django.db import IntegrityError, transaction

from apps.core.database import violated_constraint
from apps.core.errors import APIError, ErrorCode
from apps.core.events import announce

from . import signals
from .models import User


def register_user(*, email: str, password: str) -> User:
    """Create an account.

    Raises:
        APIError: `email_taken`; of two registrations at once the second gets it too.
    """
    try:
        return _create(email=email, password=password)
    except IntegrityError as error:
        if violated_constraint(error).startswith("users_user_email"):
            raise APIError(ErrorCode.EMAIL_TAKEN) from error
        raise


@transaction.atomic
def _create(*, email: str, password: str) -> User:
    user = User.objects.create_user(email, password)
    announce(signals.user_registered, user_id=user.pk)
    return user
