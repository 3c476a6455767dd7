"""What this app keeps of an account, for its owner. Secrets are left out."""

from collections.abc import Iterator
from typing import Any

from apps.core.personal_data import CHUNK_ROWS

from .models import AccountMail, Session, User

ACCOUNT_FIELDS = (
    "id",
    "email",
    "email_verified_at",
    "display_name",
    "language",
    "region",
    "include_adult",
    "is_private",
    "origin",
    "is_active",
    "is_staff",
    "is_superuser",
    "date_joined",
    "last_login",
)
SESSION_FIELDS = ("id", "device", "ip_address", "created_at", "last_seen_at", "expires_at")
MAIL_FIELDS = (
    "purpose",
    "email",
    "requested_at",
    "expires_at",
    "sent_at",
    "used_at",
    "given_up_at",
)


def account_of(user: User) -> dict[str, Any]:
    return {field: getattr(user, field) for field in ACCOUNT_FIELDS}


def sessions_of(user_id: int) -> Iterator[dict[str, Any]]:
    sessions = Session.objects.for_user(User(pk=user_id)).newest_first()
    yield from sessions.values(*SESSION_FIELDS).iterator(CHUNK_ROWS)


def mails_of(user_id: int) -> Iterator[dict[str, Any]]:
    """Also those to the address that no worker has looked up yet."""
    address = User.objects.filter(pk=user_id).values("email")
    own = AccountMail.objects.filter(user=user_id)
    # Two queries, each by its index.
    for mails in (own, AccountMail.objects.filter(user=None, email__in=address)):
        oldest_first = mails.order_by("requested_at", "pk")
        yield from oldest_first.values(*MAIL_FIELDS).iterator(CHUNK_ROWS)
