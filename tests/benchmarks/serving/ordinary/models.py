from django.conf import settings
from django.db import models

from apps.movies.models import Movie


class Recommendation(models.Model):
    class Source(models.TextChoices):
        PERSONAL = "personal"
        SIMILAR = "similar"
        TRENDING = "trending"
        POPULAR = "popular"
        EXPLORED = "explored"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False)
    movie = models.ForeignKey(Movie, models.CASCADE)
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    source = models.CharField(max_length=10, choices=Source.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "rank"], name="recommendation_rank_unique")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.rank}"


class Because(models.Model):
    """A film that speaks for a recommendation."""

    recommendation = models.ForeignKey(
        Recommendation, models.CASCADE, related_name="because", db_index=False
    )
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    contribution = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recommendation", "position"], name="because_position_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.recommendation_id}: {self.position}"
