"""Variants of the lists that are compared on real viewers, and what was found at each look."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

MAX_VARIANTS = 5
MAX_DAYS = 90
DEFAULT_DAYS = 28
DEFAULT_EFFECT = 0.1


class Experiment(models.Model):
    """Which part of the viewers reads lists of which variant, and what the comparison is about.

    Once it runs nothing of it changes but its state: what was found would be about something else.
    `effect` is the difference that it is planned for, as a share of the control's metric; the
    sequential interval is narrowest there. The same `salt` as an earlier experiment's divides the
    viewers at the same places.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        STOPPED = "stopped"

    class Metric(models.TextChoices):
        CLICKS = "clicks", "clicks per impression"
        SAVES = "saves", "saved films per viewer"
        RATINGS = "ratings", "rated films per viewer"
        LIKED = "liked", "liked share of rated films"

    name = models.SlugField(max_length=60, unique=True)
    description = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    salt = models.CharField(max_length=64)
    metric = models.CharField(max_length=8, choices=Metric, default=Metric.CLICKS)
    effect = models.FloatField(default=DEFAULT_EFFECT)
    max_days = models.PositiveSmallIntegerField(default=DEFAULT_DAYS)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="experiment_one_runs"
            ),
            models.CheckConstraint(
                condition=Q(effect__gt=0, effect__lte=1), name="experiment_effect_check"
            ),
            models.CheckConstraint(
                condition=Q(max_days__range=(1, MAX_DAYS)), name="experiment_max_days_check"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(started_at__isnull=False),
                name="experiment_started_check",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True) | Q(stopped_at__gte=F("started_at")),
                name="experiment_stopped_check",
            ),
        ]

    def __str__(self) -> str:
        return f"experiment {self.name}"


class Variant(models.Model):
    """How lists of one part of the viewers are made. `pipeline` names what differs from the usual.

    A variant of the kind POPULARITY is a holdback: its lists are popularity alone, so that it can
    be told what recommendations bring.
    """

    class Kind(models.TextChoices):
        PIPELINE = "pipeline"
        POPULARITY = "popularity"

    experiment = models.ForeignKey(
        Experiment, models.CASCADE, related_name="variants", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    # Found by its experiment alone.
    name = models.SlugField(max_length=60, db_index=False)
    # In thousandths of all viewers.
    share = models.PositiveSmallIntegerField()
    is_control = models.BooleanField(default=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PIPELINE)
    pipeline = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("experiment", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "position"], name="variant_experiment_position_unique"
            ),
            models.UniqueConstraint(
                fields=["experiment", "name"], name="variant_experiment_name_unique"
            ),
            models.UniqueConstraint(
                fields=["experiment"], condition=Q(is_control=True), name="variant_one_control"
            ),
            models.CheckConstraint(
                condition=Q(share__range=(1, 1000)), name="variant_share_range_check"
            ),
            models.CheckConstraint(
                condition=Q(kind="pipeline") | Q(pipeline={}), name="variant_holdback_is_plain"
            ),
        ]

    def __str__(self) -> str:
        return f"variant {self.name}"


class ExperimentLook(models.Model):
    """What had been found when a worker looked: sums over viewers, from which all else follows.

    `sums` by variant id; `p_values` by variant id and metric are the least always-valid ones of
    this and all earlier looks, each with the difference that there was then.
    """

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="looks", db_index=False)
    taken_at = models.DateTimeField()
    sums = models.JSONField()
    p_values = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["experiment", "-id"], name="experimentlook_newest_idx")]

    def __str__(self) -> str:
        return f"look {self.pk}"
