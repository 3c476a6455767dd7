from collections.abc import Mapping
from typing import Any

from django.db import transaction

from apps.core.errors import APIError, ErrorCode
from apps.users.models import User


@transaction.atomic
def change_profile(*, user: User, changes: Mapping[str, Any]) -> User:
    """Write these columns and no others, so that two changes at once both count.

    Returns:
        The account as it is now.

    Raises:
        APIError: `token_not_valid`, if the account was deleted meanwhile.
    """
    accounts = User.objects.filter(pk=user.pk)
    if changes:
        accounts.update(**changes)
    account = accounts.first()
    if account is None:
        raise APIError(ErrorCode.TOKEN_NOT_VALID)
    return account
