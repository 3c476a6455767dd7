from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from apps.movies.models import ListName, Movie

if TYPE_CHECKING:
    from apps.users.models import User

    # Named in the annotations below.
    from .models import Impression, OnboardingSkip, RecommendationList  # noqa: F401

# As many as TMDb shows on the first page of a list.
MOST_TRENDING = 20


class RecommendationListQuerySet(models.QuerySet["RecommendationList"]):
    def for_user(self, user: User) -> RecommendationListQuerySet:
        return self.filter(user=user)

    def newest(self) -> RecommendationListQuerySet:
        return self.order_by("-id")


class ImpressionQuerySet(models.QuerySet["Impression"]):
    def for_user(self, user: User) -> ImpressionQuerySet:
        return self.filter(user=user)

    def oldest_first(self) -> ImpressionQuerySet:
        return self.order_by("shown_at", "pk")


class OnboardingSkipQuerySet(models.QuerySet["OnboardingSkip"]):
    def for_user(self, user: User) -> OnboardingSkipQuerySet:
        return self.filter(user=user)


def trending_movie_ids() -> list[int]:
    """What TMDb says is trending today and may be shown; nothing where it was never asked."""
    listed = Movie.objects.listed().filter(list_entries__list=ListName.TRENDING_DAY)
    return list(listed.order_by("list_entries__rank").values_list("pk", flat=True)[:MOST_TRENDING])
