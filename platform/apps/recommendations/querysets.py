from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from apps.users.models import User

    from .models import RecommendationList  # noqa: F401  # named in the annotations below


class RecommendationListQuerySet(models.QuerySet["RecommendationList"]):
    def for_user(self, user: User) -> RecommendationListQuerySet:
        return self.filter(user=user)

    def newest(self) -> RecommendationListQuerySet:
        return self.order_by("-id")
