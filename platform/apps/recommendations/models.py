from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value

from apps.core.fields import RealField
from apps.core.runs import Run

from .measurement import ModelMeasurement  # noqa: F401  # Django looks for models here
from .querysets import RecommendationListQuerySet

LIST_LENGTH = 200
CONTRIBUTORS_PER_ITEM = 2
# A contributor's share is stored in thousandths.
SHARE_UNIT = 1000
MAX_CHUNK_BYTES = 4 * 1024 * 1024


class ModelVersion(Run):
    """A trained model and the run that trains it.

    `phase` is the checkpoint: first the ratings are surveyed, then their products are summed up
    (the Gram matrix, `users_done` of `user_count`), then shards of the films are solved, then
    factors (`epochs_done` of `epoch_count`), then a kernel of the users where they are few; at last
    all is put together. `arrays` describes what the chunks hold:
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
    settings = models.JSONField(default=dict, blank=True)
    arrays = models.JSONField(default=dict, blank=True)
    # Of each phase that has ended, from its beginning: {"gram": 31.2}
    seconds = models.JSONField(default=dict, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    user_count = models.PositiveIntegerField(default=0)
    item_count = models.PositiveIntegerField(default=0)
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
    # What viewers without a list of their own read, most popular first.
    popular_movie_ids = ArrayField(models.IntegerField(), default=list, blank=True)

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


class RecommendationList(models.Model):
    """One list of one user. Never updated: each build inserts a row, the newest one counts.

    `movie_ids`, `scores` and `sources` run in step. `because_movie_ids` and
    `because_shares` hold CONTRIBUTORS_PER_ITEM entries for each item, 0 where there are
    fewer; a share is the contributor's part of all that speaks for the item, in thousandths.
    `propensities` has, for the first places only, the probability with which chance put the item
    there; all places after them were certain.
    `written_at` is when the newest write was made that this list was the first to see; null for
    lists that were built with all others.
    """

    class Source(models.IntegerChoices):
        PERSONAL = 1, "personal"
        SIMILAR = 2, "similar"
        TRENDING = 3, "trending"
        POPULAR = 4, "popular"
        EXPLORED = 5, "explored"

    # The two indexes below lead with these keys; a third and fourth would only cost writes.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="recommendation_lists",
        db_index=False,
    )
    generation = models.ForeignKey(Generation, models.CASCADE, related_name="lists", db_index=False)
    revision = models.BigIntegerField()
    movie_ids = ArrayField(models.IntegerField(), size=LIST_LENGTH)
    scores = ArrayField(RealField(), size=LIST_LENGTH)
    sources = ArrayField(models.SmallIntegerField(), size=LIST_LENGTH)
    because_movie_ids = ArrayField(models.IntegerField(), size=LIST_LENGTH * CONTRIBUTORS_PER_ITEM)
    because_shares = ArrayField(
        models.SmallIntegerField(), size=LIST_LENGTH * CONTRIBUTORS_PER_ITEM
    )
    propensities = ArrayField(
        RealField(), size=LIST_LENGTH, default=list, db_default=[], blank=True
    )
    created_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[RecommendationListQuerySet] = RecommendationListQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["user", "generation", "-id"], name="list_user_generation_idx"),
            models.Index(fields=["generation", "id"], name="list_generation_idx"),
        ]

    def __str__(self) -> str:
        return f"list {self.pk}"


class Explanation(models.Model):
    """Why a film stands where it does in a list, or why it is not on its first page.

    A worker computes it; it waits while it has neither `computed_at` nor `error`. It is about the
    one list, which never changes, and goes with it. `body` names films by their ids alone.
    """

    class Kind(models.TextChoices):
        WHY = "why"
        WHY_NOT = "why_not"

    list = models.ForeignKey(
        RecommendationList, models.CASCADE, related_name="explanations", db_index=False
    )
    movie_id = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    asked_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Until then the worker of the last attempt may be at it.
    leased_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    body = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["list", "movie_id", "kind"], name="explanation_list_movie_kind_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(computed_at__isnull=True, error=""),
                name="explanation_waiting_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"explanation {self.pk}"
