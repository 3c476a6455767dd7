from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from datetime import datetime

    from .models import Session, User  # noqa: F401  # named in the annotations below


class SessionQuerySet(models.QuerySet["Session"]):
    def for_user(self, user: User) -> SessionQuerySet:
        return self.filter(user=user)

    def live(self, *, at: datetime) -> SessionQuerySet:
        return self.filter(expires_at__gt=at)

    def newest_first(self) -> SessionQuerySet:
        return self.order_by("-last_seen_at", "-pk")
