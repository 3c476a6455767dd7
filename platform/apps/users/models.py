from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from .querysets import SessionQuerySet

MAX_USER_AGENT_LENGTH = 200
INCLUDE_ADULT_HINT = "Whether lists, searches and recommendations show films for adults, too."
IS_PRIVATE_HINT = (
    "No viewings are recorded meanwhile; what you say on purpose is: ratings, favourites, lists."
)


class UserManager(BaseUserManager["User"]):
    """Creates accounts; an e-mail address is stored in lower case, its one spelling."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A viewer or an operator, known by e-mail address."""

    class Origin(models.TextChoices):
        REGISTERED = "registered"
        IMPORTED = "imported"
        # Nobody is behind it: made up to learn from while there are no real viewers.
        SIMULATED = "simulated"
        # Nobody is behind it either: load, which is served as real viewers are.
        GENERATED = "generated"

    email = models.EmailField(unique=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    # Imports write rows of this table by SQL, so the database knows the defaults as well.
    display_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(
        max_length=2, blank=True, default="", db_default="", help_text="ISO 639-1, such as fr."
    )
    region = models.CharField(
        max_length=2, blank=True, default="", db_default="", help_text="ISO 3166-1, such as CH."
    )
    include_adult = models.BooleanField(
        db_default=False, default=False, help_text=INCLUDE_ADULT_HINT
    )
    is_private = models.BooleanField(db_default=False, default=False, help_text=IS_PRIVATE_HINT)
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.REGISTERED)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_lower_check"
            ),
        ]
        indexes = [
            # Every training and every shard of lists leaves these few out.
            models.Index(
                fields=["id"],
                condition=models.Q(origin="simulated"),
                name="user_simulated_idx",
            ),
            # The admin's filters: the newest of an origin, and the few staff or deactivated ones.
            models.Index(fields=["origin", "-id"], name="user_origin_newest_idx"),
            models.Index(fields=["-id"], condition=models.Q(is_staff=True), name="user_staff_idx"),
            models.Index(
                fields=["-id"], condition=models.Q(is_active=False), name="user_inactive_idx"
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()


class Session(models.Model):
    """One login on one device: a family of refresh tokens of which only the newest is good.

    The row is the session. Its tokens name it, every request looks for it, and deleting it ends
    it at once. The database deletes it together with the account, and when the account's password
    changes or the account is deactivated (migration 0005), whoever does that and by whatever way.
    A hash that a login renews, after the hasher's parameters were raised, is a change like any.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The database deletes the row, after the account: Django would do it before, and wait for a
    # change of the password that has locked the account and wants to end this session.
    user = models.ForeignKey(User, models.DO_NOTHING, related_name="sessions", db_index=False)
    # The id of the one refresh token that may still be used.
    refresh_jti = models.UUIDField(default=uuid.uuid4)
    device = models.CharField(max_length=MAX_USER_AGENT_LENGTH, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects: ClassVar[SessionQuerySet] = SessionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["user", "-last_seen_at"], name="session_user_newest_idx"),
            models.Index(fields=["expires_at"], name="session_expires_idx"),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"


class SpentRefreshToken(models.Model):
    """A refresh token that was exchanged for its successor a moment ago.

    Whoever lost the race for it within the grace period is told so; after that the token counts
    as replayed. A row of more than a minute is deleted.
    """

    jti = models.UUIDField(primary_key=True)
    # As above: an exchange that has locked the session deletes older rows of this table.
    session = models.ForeignKey(Session, models.DO_NOTHING, related_name="spent_tokens")
    spent_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"spent refresh token {self.pk}"


class AccountMail(models.Model):
    """A mail that somebody asked for, sent by a worker.

    A request for a mail to an address only adds this row: whether the address has an account is
    looked up by the worker, so that the answer and its time tell nobody. The token in the mail is
    signed and names this row; `used_at` lets it be used once. A row waits while it is neither sent
    nor given up; `nudge_at` is when the next message for it is due.
    """

    class Purpose(models.TextChoices):
        VERIFY_EMAIL = "verify_email"
        RESET_PASSWORD = "reset_password"  # noqa: S105  # the name of a purpose
        PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of a purpose

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=20, choices=Purpose)
    email = models.EmailField()
    # Set by the worker that finds the account; null where there is none.
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="mails")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    nudge_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                models.F("nudge_at").asc(nulls_first=True),
                "requested_at",
                condition=models.Q(sent_at=None, given_up_at=None),
                name="accountmail_waiting_idx",
            ),
            models.Index(fields=["email"], name="accountmail_email_idx"),
            models.Index(fields=["requested_at"], name="accountmail_requested_idx"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}"
