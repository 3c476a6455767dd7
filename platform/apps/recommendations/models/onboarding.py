"""What new viewers are asked, and the films that they said they have not seen."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.movies.models import Movie
from apps.recommendations.querysets import OnboardingSkipQuerySet

from .training import ModelVersion

MOST_QUESTIONS = 20
FIRST_QUESTIONS = 100


class Questionnaire(models.Model):
    """What a model asks viewers of whom nothing is known, most telling films first.

    `arrays` is what workers choose the next questions by.
    """

    model_version = models.OneToOneField(
        ModelVersion, models.CASCADE, primary_key=True, related_name="questionnaire"
    )
    movie_ids = ArrayField(models.IntegerField(), size=FIRST_QUESTIONS)
    arrays = models.BinaryField()

    def __str__(self) -> str:
        return f"questionnaire of model {self.model_version_id}"


class Questions(models.Model):
    """The next films to ask a viewer about, best first; a refresh replaces them."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="questions"
    )
    revision = models.BigIntegerField()
    movie_ids = ArrayField(models.IntegerField(), size=MOST_QUESTIONS)
    chosen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "questions"

    def __str__(self) -> str:
        return f"questions to viewer {self.user_id}"


class OnboardingSkip(models.Model):
    """A film that a viewer was asked about and has not seen: it is not asked about again."""

    # The unique constraint's index leads with the user.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="onboarding_skips", db_index=False
    )
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="onboarding_skips")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[OnboardingSkipQuerySet] = OnboardingSkipQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "movie"], name="onboardingskip_user_movie_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"skip {self.pk}"
