from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from apps.favorites.querysets import SavedSearchQuerySet

LONGEST_NAME = 100


class SavedSearch(models.Model):
    """What a viewer lists or searches films by, under a name that is the viewer's own.

    `parameters` are those of the address, as they were sent. What they name may be gone since.
    """

    # The unique constraint's index leads with the user.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches", db_index=False
    )
    name = models.CharField(max_length=LONGEST_NAME)
    parameters = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[SavedSearchQuerySet] = SavedSearchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint("user", Lower("name"), name="savedsearch_user_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="savedsearch_name_check"),
            models.CheckConstraint(
                condition=~Q(parameters={}), name="savedsearch_parameters_check"
            ),
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="savedsearch_user_newest_idx")]

    def __str__(self) -> str:
        return f"saved search {self.pk}"
