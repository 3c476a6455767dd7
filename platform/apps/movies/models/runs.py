from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.runs import Run


class SyncRun(Run):
    """A sync with TMDb: what was asked for, how far it is, and what became of it.

    First it is prepared in slices under the run's lease (pages of lists, days of changes, the
    export), then any number of workers fetch the titles that it queued.
    """

    class Kind(models.TextChoices):
        GENRES = "genres"
        TRENDING = "trending"
        LISTS = "lists"
        MOVIES = "movies"
        CHANGES = "changes"
        EXPORT = "export"
        REFRESH = "refresh"
        BLANK = "blank"

    class State(models.TextChoices):
        REQUESTED = "requested"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Phase(models.TextChoices):
        PREPARE = "prepare"
        TITLES = "titles"
        DONE = "done"

    class Priority(models.IntegerChoices):
        USER = 0, "user"
        ADMIN = 1, "admin"
        NIGHTLY = 2, "nightly"

    OPEN_STATES = ("requested", "running")

    kind = models.CharField(max_length=12, choices=Kind)
    # What of the kind: `tmdb_ids` of movies; `limit`, `min_popularity`, `ids_only` of the export;
    # `older_than_days` of a refresh.
    scope = models.JSONField(default=dict, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NIGHTLY)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    phase = models.CharField(max_length=12, choices=Phase, default=Phase.PREPARE)
    checkpoint = models.JSONField(default=dict, blank=True)
    # How many titles there are to see, as far as is known.
    total = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    tombstoned = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    # The first failures: [{"tmdb_id": 550, "reason": "..."}]
    failures = models.JSONField(default=list, blank=True)
    # What of TMDb's answers could not be used, counted by reason.
    dropped = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(state__in=["requested", "running"]),
                name="syncrun_open_kind_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"sync {self.pk} ({self.kind})"


class SyncTitle(models.Model):
    """A title that a run has yet to fetch, best first. The row goes when its film is stored."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="titles", db_index=False)
    position = models.PositiveIntegerField()
    tmdb_id = models.IntegerField()
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Until then a worker fetches it, or it waits after a failure.
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "position"], name="synctitle_run_position_unique"
            ),
            models.UniqueConstraint(fields=["run", "tmdb_id"], name="synctitle_run_title_unique"),
        ]

    def __str__(self) -> str:
        return f"title {self.tmdb_id} of sync {self.run_id}"


class ChangesWatermark(models.Model):
    """The last day whose changes are in the catalogue. One row, once there is such a day."""

    ROW_ID = 1

    id = models.SmallIntegerField(primary_key=True, default=ROW_ID)
    day = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="changeswatermark_single_row_check"),
        ]

    def __str__(self) -> str:
        return str(self.day)
