"""Model versions: train, build with one of them, cancel."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.core.admin_display import NOTHING, list_link, percent, side_by_side
from apps.core.admin_filters import NumberFilter
from apps.core.model_admins import ReadOnlyAdmin
from apps.core.operator_actions import Confirmation, NotDoneError, operator_action, user_id
from apps.core.run_admins import RUN_FIELDS, ActionRunAdmin
from apps.recommendations import actions
from apps.recommendations.models import ModelChunk, ModelShard, ModelVersion

from . import flips
from .gates import gate_table
from .measurements import quality_table
from .runs import phase_times, training_progress


def _is_ready(version: ModelVersion) -> bool:
    return version.state == ModelVersion.State.READY


def _is_open(version: ModelVersion) -> bool:
    return version.state in actions.OPEN_TRAININGS


@admin.register(ModelVersion)
class ModelVersionAdmin(ActionRunAdmin):
    list_display = (
        "id",
        "kind",
        "state",
        "progress",
        "problem",
        "rating_count",
        "simulated",
        "origin",
        "asked",
        "took",
        "lists",
    )
    list_filter = ("state", "kind", "origin")
    readonly_fields = (
        *("progress", "took", "simulated", "phases", "epochs", "rows"),
        *("gate_told", "quality"),
    )
    fieldsets = (
        (
            None,
            {
                "description": "A trained model and the run that trains it. A model that publishes "
                "is followed by a generation: the lists of all viewers made with it.",
                "fields": (
                    *("kind", "state", "phase", "progress", "phases", "epochs"),
                    *("origin", "requested_by", "publish", "rows"),
                ),
            },
        ),
        (
            "Learnt from",
            {
                "description": "What there was when the training began. Rows above the highest ids "
                "were not learnt from.",
                "fields": (
                    *("user_count", "item_count", "unrated_item_count"),
                    *("rating_count", "favorite_count", "simulated"),
                    *("newest_rating_at", "highest_rating_id", "highest_favorite_id", "settings"),
                ),
            },
        ),
        (
            "Gate",
            {
                "description": "Before a model that publishes is trained, its settings and those "
                "of the lists that are read are compared on what viewers did last.",
                "fields": ("gate_told", "configuration"),
            },
        ),
        (
            "Quality",
            {
                "description": "Models fitted anew on a sample of the platform's own ratings, "
                "and how well they rank what was held out: not these very arrays.",
                "fields": ("quality", "metrics"),
            },
        ),
        RUN_FIELDS,
        ("Arrays", {"classes": ("collapse",), "fields": ("arrays",)}),
    )
    changelist_actions = ("train_and_publish", "train_without_gate", "train_only")
    change_actions = ("build_and_publish", "measure", "cancel")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        solved = ModelShard.objects.filter(
            model_version=OuterRef("pk"), state=ModelShard.State.DONE
        )
        # A subquery for each row shown, where a join would group all versions first.
        count = solved.order_by().values("model_version").annotate(count=Count("pk"))
        found: QuerySet[ModelVersion] = super().get_queryset(request)
        return found.defer("arrays", "configuration", "gate", "settings", "metrics").annotate(
            shards_solved=Coalesce(Subquery(count.values("count")), 0)
        )

    @admin.display(description="Progress")
    def progress(self, version: Any) -> str:
        return training_progress(version, shards_done=version.shards_solved)

    @admin.display(description="Time of each phase")
    def phases(self, version: ModelVersion) -> str:
        return phase_times(version)

    @admin.display(description="Epochs")
    def epochs(self, version: ModelVersion) -> str:
        """Of the factors; what is done of them survives the worker."""
        return f"{version.epochs_done} of {version.epoch_count}" if version.epoch_count else NOTHING

    @admin.display(description="Simulated")
    def simulated(self, version: ModelVersion) -> str:
        """The share of the ratings it learnt from that no real viewer gave."""
        return percent(version.simulated_rating_count, version.rating_count)

    @admin.display(description="Verdict")
    def gate_told(self, version: ModelVersion) -> SafeString:
        return gate_table(version)

    @admin.display(description="On own ratings")
    def quality(self, version: ModelVersion) -> SafeString:
        return quality_table(version)

    @admin.display(description="Generations")
    def lists(self, version: ModelVersion) -> SafeString:
        return list_link("Generations", "recommendations_generation", model_version=version.pk)

    @admin.display(description="Related rows")
    def rows(self, version: ModelVersion) -> SafeString:
        return side_by_side(
            self.lists(version),
            list_link("Shards", "recommendations_modelshard", model_version=version.pk),
            list_link("Measurement", "recommendations_modelmeasurement", model_version=version.pk),
            list_link("Questionnaire", "recommendations_questionnaire", model_version=version.pk),
            list_link("Chunks", "recommendations_modelchunk", model_version=version.pk),
        )

    @operator_action(
        label="Train and publish",
        description="Train a new model, then build and publish all viewers' lists with it",
        permission="recommendations.add_modelversion",
    )
    def train_and_publish(self, request: HttpRequest, _: QuerySet[ModelVersion]) -> str:
        version = self._train(request, publish=True)
        return (
            f"Model {version.pk} is asked for. When it is trained, the lists of all viewers are "
            "built with it and published."
        )

    @operator_action(
        label="Train and publish without the gate",
        description="Train a new model with the settings of the environment, whatever they are "
        "worth, then build and publish all viewers' lists with it",
        permission="recommendations.add_modelversion",
        confirm="confirm_without_gate",
    )
    def train_without_gate(self, request: HttpRequest, _: QuerySet[ModelVersion]) -> str:
        version = self._train(request, publish=True, with_gate=False)
        return (
            f"Model {version.pk} is asked for, without the gate. When it is trained, the lists of "
            "all viewers are built with it and published."
        )

    def confirm_without_gate(
        self,
        request: HttpRequest,  # noqa: ARG002
        _: QuerySet[ModelVersion],
    ) -> Confirmation:
        return Confirmation(
            question="Train and publish without comparing the settings first?",
            consequences=(
                "Settings of the environment are used, even if popularity ranked better.",
                "Then all viewers read the new lists at once.",
                "The present ones stay for a day, to roll back to.",
            ),
        )

    @operator_action(
        label="Train only",
        description="Train a new model and change nobody's lists",
        permission="recommendations.add_modelversion",
    )
    def train_only(self, request: HttpRequest, _: QuerySet[ModelVersion]) -> str:
        version = self._train(request, publish=False)
        return f"Model {version.pk} is asked for. Nobody's lists change by it."

    @transaction.atomic
    def _train(
        self, request: HttpRequest, *, publish: bool, with_gate: bool = True
    ) -> ModelVersion:
        try:
            version = actions.request_next_training(
                publish=publish,
                with_gate=with_gate,
                origin=ModelVersion.Origin.USER,
                requested_by_id=user_id(request),
            )
        except actions.StillOpenError as error:
            raise NotDoneError(f"Nothing was done: {error}.") from error
        purpose = "to be published" if publish else "not to be published"
        way = "" if with_gate else ", without the gate"
        self.log_addition(request, version, f"Asked for a training, {purpose}{way}.")
        return version

    @operator_action(
        label="Build and publish lists with this model",
        description="Build the lists of all viewers with this model and publish them",
        permission="recommendations.add_generation",
        confirm="confirm_build",
        offered=_is_ready,
    )
    def build_and_publish(self, request: HttpRequest, version: ModelVersion) -> str:
        with transaction.atomic():
            try:
                generation = actions.request_lists(model_version_id=version.pk)
            except (actions.ModelNotReadyError, actions.StillOpenError) as error:
                raise NotDoneError(f"Nothing was done: {error}.") from error
            self.log_addition(request, generation, f"Asked for lists built with {version}.")
        return flips.told_asked(generation)

    def confirm_build(self, request: HttpRequest, version: ModelVersion) -> Confirmation:  # noqa: ARG002
        return flips.confirm_build(version, {})

    @operator_action(
        label="Measure",
        description="Measure this kind of model on a sample of the platform's own ratings",
        permission="recommendations.add_modelmeasurement",
        offered=_is_ready,
    )
    def measure(self, request: HttpRequest, version: ModelVersion) -> str:
        with transaction.atomic():
            try:
                measurement = actions.request_metrics(model_version_id=version.pk)
            except (actions.ModelNotReadyError, actions.StillOpenError) as error:
                raise NotDoneError(f"Nothing was done: {error}.") from error
            self.log_addition(request, measurement, f"Asked for the metrics of {version}.")
        return "A measurement is asked for. It waits while a model is trained or lists are built."

    @operator_action(
        label="Cancel",
        description="End this training",
        permission="recommendations.change_modelversion",
        confirm="confirm_cancel",
        offered=_is_open,
    )
    def cancel(self, request: HttpRequest, version: ModelVersion) -> str:
        with transaction.atomic():
            try:
                cancelled = actions.cancel_training(model_version_id=version.pk, at=timezone.now())
            except actions.NotOpenError as error:
                raise NotDoneError(f"Nothing was done: {error}.") from error
            self.log_change(request, cancelled, "Cancelled.")
        return (
            f"Model {cancelled.pk} is cancelled. What a worker does on it at this moment is not "
            "saved."
        )

    def confirm_cancel(self, request: HttpRequest, version: ModelVersion) -> Confirmation:  # noqa: ARG002
        solved = version.shards.filter(state=ModelShard.State.DONE).count()
        done = training_progress(version, shards_done=solved)
        return Confirmation(
            question=f"Cancel {version}, which is {done} done?",
            consequences=("What it has learnt so far is lost.", "Nobody's lists change."),
        )


@admin.register(ModelChunk)
class ModelChunkAdmin(ReadOnlyAdmin):
    list_display = ("id", "model_version", "array", "number", "sha256")
    list_select_related = ("model_version",)
    list_filter = (("model_version", NumberFilter),)
    exclude = ("data",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelChunk]:
        """Without the arrays themselves: fifty chunks are up to 200 MB."""
        return super().get_queryset(request).defer("data")
