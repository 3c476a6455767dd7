from django.db import models

from .facts import PATH_CHARS, image_path
from .films import Movie


class Person(models.Model):
    id = models.IntegerField("TMDb id", primary_key=True)
    name = models.CharField(max_length=300)
    original_name = models.CharField(max_length=300, blank=True)
    known_for_department = models.CharField(max_length=60, blank=True)
    profile_path = models.CharField(max_length=PATH_CHARS, blank=True, validators=[image_path])
    # TMDb's: 0 not set, 1 female, 2 male, 3 non-binary.
    gender = models.PositiveSmallIntegerField(default=0)
    popularity = models.FloatField(default=0)
    adult = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "people"
        indexes = [models.Index(fields=["name", "id"], name="person_name_idx")]

    def __str__(self) -> str:
        return self.name


class Credit(models.Model):
    """What a person was in a film: a part in its cast, or a job in its crew."""

    movie = models.ForeignKey(Movie, models.CASCADE, related_name="credits", db_index=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="credits")
    credit_id = models.CharField(max_length=40)
    is_cast = models.BooleanField()
    # The part of a member of the cast; department and job of the crew.
    character = models.CharField(max_length=500, blank=True)
    department = models.CharField(max_length=60, blank=True)
    job = models.CharField(max_length=100, blank=True)
    # In which the film shows them; the crew's is that of TMDb's answer.
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["movie", "is_cast", "position"], name="credit_movie_cast_position_unique"
            ),
        ]
        indexes = [
            # Who matters most in a film, for the statistics of a library of thousands.
            models.Index(
                fields=["movie", "is_cast", "person"],
                condition=models.Q(is_cast=True, position__lt=5)
                | models.Q(is_cast=False, job="Director"),
                name="credit_leading_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.movie_id}"
