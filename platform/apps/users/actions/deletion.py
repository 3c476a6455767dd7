"""Deleting an account and all that is kept of it.

What a model learned from it stays until the next training: arrays of sums over all viewers, which
name none of them.
"""

from django.contrib.admin.models import LogEntry
from django.db import transaction

from apps.core import personal_data
from apps.core.errors import APIError, ErrorCode
from apps.users.models import AccountMail, User

from .passwords import lock_verified, verify_own_password

_OPERATOR = (
    "The audit trail would go with an operator's account. Another operator can deactivate it."
)


def delete_own_account(*, user: User, password: str) -> None:
    """Delete the account at its owner's wish.

    Raises:
        APIError: `permission_denied` to whoever is or was an operator; `wrong_password`;
            `token_not_valid`, if the account has gone meanwhile.
    """
    _refuse_operator(user)
    verify_own_password(user=user, password=password)
    with transaction.atomic():
        personal_data.lock_all(user.pk)
        account = lock_verified(user, no_key=False)
        _refuse_operator(account)
        _delete(account)


@transaction.atomic
def delete_account(*, user_id: int) -> None:
    """Delete the account at an operator's wish.

    Raises:
        User.DoesNotExist: somebody else did.
    """
    personal_data.lock_all(user_id)
    _delete(User.objects.select_for_update().get(pk=user_id))


def _delete(account: User) -> None:
    """The account is locked, so rows that others add from now on find it gone when they commit."""
    # Mails to its address that no worker has looked up yet name no account.
    AccountMail.objects.filter(user=None, email=account.email).delete()
    _forget_in_trail(account)
    account.delete()


def name_in_trail(user_id: int) -> str:
    """What the audit trail calls an account, so that no address outlives it there."""
    return f"account {user_id}"


def _forget_in_trail(account: User) -> None:
    """Entries of earlier releases and of other code hold the address."""
    about = LogEntry.objects.filter(
        content_type__app_label="users", content_type__model="user", object_id=str(account.pk)
    )
    about.update(object_repr=name_in_trail(account.pk))


def _refuse_operator(user: User) -> None:
    if user.is_staff or user.is_superuser or LogEntry.objects.filter(user=user).exists():
        raise APIError(ErrorCode.PERMISSION_DENIED, _OPERATOR)
