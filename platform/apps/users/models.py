from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


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

    email = models.EmailField(unique=True)
    display_name = models.CharField(max_length=80, blank=True)
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
