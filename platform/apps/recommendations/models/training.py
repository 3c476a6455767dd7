"""Trained models, the runs that train them, and the arrays that they leave."""

from django.conf import settings
from django.db import models
from django.db.models import Q, Value

from apps.core.runs import Run

MAX_CHUNK_BYTES = 4 * 1024 * 1024


class ModelVersion(Run):
    """A trained model and the run that trains it.

    `phase` is the checkpoint: first the ratings are surveyed, then the gate decides what is trained
    with, then products are summed up (the Gram matrix, `users_done` of `user_count`), then shards
    of the films are solved, then factors (`epochs_done` of `epoch_count`), then a kernel of the
    users where they are few; at last all is put together. `arrays` describes what the chunks hold:
    `{name: {"dtype": "<f4", "shape": [n], "sha256": "…", "chunks": k}}`.
    """

    class State(models.TextChoices):
        REQUESTED = "requested"
        TRAINING = "training"
        READY = "ready"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Phase(models.TextChoices):
        SURVEY = "survey"
        GATE = "gate"
        GRAM = "gram"
        WEIGHTS = "weights"
        FACTORS = "factors"
        KERNEL = "kernel"
        ASSEMBLE = "assemble"
        DONE = "done"

    class Origin(models.TextChoices):
        USER = "user"
        SCHEDULE = "schedule"
        COMMAND = "command"

    kind = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    phase = models.CharField(max_length=12, choices=Phase, default=Phase.SURVEY)
    phase_started_at = models.DateTimeField(null=True, blank=True)
    users_done = models.PositiveIntegerField(default=0)
    shard_count = models.PositiveIntegerField(default=0)
    # Of the factors: after each epoch they are stored, to go on from.
    epochs_done = models.PositiveSmallIntegerField(default=0, db_default=0)
    epoch_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    # A version that publishes itself is followed by a generation built with it.
    publish = models.BooleanField(default=True)
    # Who or what asked for it; blank where nobody knows.
    origin = models.CharField(max_length=12, choices=Origin, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # What the model is trained and its lists are made with; `settings` is what the run made of it.
    configuration = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), blank=True
    )
    settings = models.JSONField(default=dict, blank=True)
    # What became of the configuration that was asked for; empty before that is decided.
    gate = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    arrays = models.JSONField(default=dict, blank=True)
    # Of each phase that has ended, from its beginning: {"gram": 31.2}
    seconds = models.JSONField(default=dict, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    user_count = models.PositiveIntegerField(default=0)
    # While it is trained the rated films, then all that it scores, some of which nobody rated.
    item_count = models.PositiveIntegerField(default=0)
    unrated_item_count = models.PositiveIntegerField(default=0, db_default=0)
    rating_count = models.PositiveBigIntegerField(default=0)
    favorite_count = models.PositiveBigIntegerField(default=0)
    # How many of them are simulated: none as soon as real viewers suffice.
    simulated_user_count = models.PositiveIntegerField(default=0)
    simulated_rating_count = models.PositiveBigIntegerField(default=0)
    # Rows that came later are not learned from, on whichever host.
    highest_rating_id = models.BigIntegerField(default=0)
    highest_favorite_id = models.BigIntegerField(default=0)
    newest_rating_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["leased_until"],
                condition=Q(state__in=["requested", "training"]),
                name="modelversion_open_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"model {self.pk}"


class ModelShard(Run):
    """The items [start, stop) of a model version; any number of workers solve shards side by side.

    `arrays` describes the chunks of what was solved, until the version is put together.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    model_version = models.ForeignKey(
        ModelVersion, models.CASCADE, related_name="shards", db_index=False
    )
    number = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    stop = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    arrays = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model_version", "number"], name="modelshard_model_version_number_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["model_version", "leased_until"],
                condition=Q(state__in=["waiting", "running"]),
                name="modelshard_open_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"shard {self.number} of model {self.model_version_id}"


class ModelChunk(models.Model):
    """A piece of one array of a model version, small enough for any connection."""

    model_version = models.ForeignKey(
        ModelVersion, models.CASCADE, related_name="chunks", db_index=False
    )
    array = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model_version", "array", "number"],
                name="modelchunk_model_version_array_number_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.array}[{self.number}] of model {self.model_version_id}"
