from datetime import datetime

from django.db import IntegrityError, transaction
from rest_framework.exceptions import ValidationError

from apps.core.database import violated_constraint
from apps.core.errors import APIError, ErrorCode
from apps.core.events import announce
from apps.users import signals
from apps.users.models import User

from . import mails

_NOT_LOWERED = "An address with this letter cannot be stored."


def register_user(*, email: str, password: str, at: datetime) -> User:
    """Create an account, and have a mail sent that verifies its address.

    Raises:
        APIError: `email_taken`; of two registrations at once the second gets it too.
        ValidationError: the database knows a letter's lower case that Python does not know.
    """
    try:
        return _create(email=email, password=password, at=at)
    except IntegrityError as error:
        constraint = violated_constraint(error)
        if constraint.startswith("users_user_email"):
            raise APIError(ErrorCode.EMAIL_TAKEN) from error
        if constraint == "user_email_lower_check":
            raise ValidationError({"email": [_NOT_LOWERED]}) from error
        raise


@transaction.atomic
def _create(*, email: str, password: str, at: datetime) -> User:
    user = User.objects.create_user(email, password)
    mails.request_verification(user=user, at=at)
    announce(signals.user_registered, user_id=user.pk)
    return user
