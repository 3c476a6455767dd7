"""Measuring a model on the platform's own ratings: what is measured, and the run that does it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.core.runs import Run

BASELINE = "popularity"
MODELS = (BASELINE, "local_ridge", "blend")
PROTOCOLS = ("strong-graded", "time")
METRICS = ("recall@20", "ndcg@10", "ndcg@100", "coverage@20", "disliked@20")

# One model by one protocol is one slice of the work, after a first one that chooses the sample.
SLICES = tuple((protocol, model) for protocol in PROTOCOLS for model in MODELS)


class ModelMeasurement(Run):
    """The run that measures a model version; what it found goes into the version's `metrics`.

    The checkpoint: `sample` says what was chosen, and `results` has an entry for each of SLICES
    that is done. `viewer_ids` are the chosen viewers, kept until the run has ended.
    """

    class State(models.TextChoices):
        REQUESTED = "requested"
        MEASURING = "measuring"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    model_version = models.OneToOneField(
        "recommendations.ModelVersion", models.CASCADE, related_name="measurement"
    )
    state = models.CharField(max_length=12, choices=State, default=State.REQUESTED)
    viewer_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    sample = models.JSONField(default=dict, blank=True)
    results = models.JSONField(default=list, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["leased_until"],
                condition=Q(state__in=["requested", "measuring"]),
                name="modelmeasurement_open_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"measurement of model {self.model_version_id}"

    @property
    def percent_done(self) -> int:
        if self.state == self.State.DONE:
            return 100
        return 100 * (bool(self.sample) + len(self.results)) // (1 + len(SLICES))
