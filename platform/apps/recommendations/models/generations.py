"""The lists of all viewers as one run, built in shards, and which of them is read."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value

from apps.core.runs import Run

from .experiments import Experiment
from .training import ModelVersion


class Generation(Run):
    """Lists of all users made with one model version, published together."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        BUILDING = "building"
        READY = "ready"
        ACTIVE = "active"
        RETIRED = "retired"
        FAILED = "failed"
        CANCELLED = "cancelled"

    model_version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="generations")
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    publish = models.BooleanField(default=True)
    snapshot_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    shard_count = models.PositiveIntegerField(default=0)
    user_count = models.PositiveIntegerField(default=0)
    list_count = models.PositiveIntegerField(default=0)
    # How scores become lists; those that are added later are made in the same way.
    pipeline = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    # The experiment that ran when it was begun, and how it divides the viewers: its lists and those
    # that are added later are made so, also when the experiment has ended. Empty without one.
    experiment = models.ForeignKey(
        Experiment, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    assignment = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True
    )
    # What viewers without a list of their own read, and in step with it where each film comes from:
    # trending and popular ones in turn. Without sources all are popular.
    popular_movie_ids = ArrayField(models.IntegerField(), default=list, blank=True)
    popular_sources = ArrayField(
        models.SmallIntegerField(), default=list, db_default=[], blank=True
    )
    # From the lists that were read when it was begun; services/recommendations/differences.py.
    difference = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True
    )
    # Why it was not published by itself; empty where nothing stood against it.
    refusal = models.TextField(blank=True, db_default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["leased_until"],
                condition=Q(state__in=["requested", "building", "ready"]),
                name="generation_open_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"generation {self.pk}"


class GenerationShard(Run):
    """A range of user ids of a generation; any number of workers build shards side by side."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    generation = models.ForeignKey(
        Generation, models.CASCADE, related_name="shards", db_index=False
    )
    number = models.PositiveIntegerField()
    first_user_id = models.BigIntegerField()
    last_user_id = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    list_count = models.PositiveIntegerField(default=0)
    # Sums over its lists, and a bit for each film of the model that stands in their first places,
    # until the generation has added them up.
    difference = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True
    )
    films_shown = models.BinaryField(default=b"", db_default=b"", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "number"], name="generationshard_generation_number_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["generation", "leased_until"],
                condition=Q(state__in=["waiting", "running"]),
                name="generationshard_open_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"shard {self.number} of generation {self.generation_id}"


class ActiveGeneration(models.Model):
    """The one row that says which generation is read.

    Publishing and rolling back lock it FOR UPDATE, each refresh of a single list FOR SHARE:
    so no list is added to a generation that has just stopped being the active one.
    """

    ROW_ID = 1

    id = models.SmallIntegerField(primary_key=True, default=ROW_ID)
    generation = models.ForeignKey(
        Generation, models.PROTECT, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="activegeneration_single_row_check"),
        ]

    def __str__(self) -> str:
        return f"active generation: {self.generation_id}"
