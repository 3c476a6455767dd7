"""Films like a film, as a model knows them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from .training import ModelVersion


class SimilarFilms(models.Model):
    """Of a film that enough viewers rated, the most alike first. Gone with its model."""

    model_version = models.ForeignKey(
        ModelVersion, models.CASCADE, related_name="similar_films", db_index=False
    )
    movie_id = models.IntegerField()
    movie_ids = ArrayField(models.IntegerField())

    class Meta:
        verbose_name_plural = "similar films"
        constraints = [
            models.UniqueConstraint(
                fields=["model_version", "movie_id"], name="similarfilms_model_movie_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"like {self.movie_id} by model {self.model_version_id}"
