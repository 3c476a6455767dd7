"""Generations: build, publish, go back, cancel."""

from itertools import zip_longest
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.core.admin_display import age, duration, list_link, percent, row_link, side_by_side
from apps.core.admin_filters import NumberFilter
from apps.core.operator_actions import Confirmation, NotDoneError, operator_action
from apps.core.run_admins import RUN_FIELDS, ActionRunAdmin
from apps.recommendations import actions, publishing
from apps.recommendations.generation_progress import with_shards_done
from apps.recommendations.models import Generation, ModelVersion, RecommendationList

from . import differences, flips
from .films import film_table

State = Generation.State


def _newest_ready_model() -> ModelVersion | None:
    return ModelVersion.objects.filter(state=ModelVersion.State.READY).order_by("-pk").first()


def _was_active(generation: Generation) -> bool:
    return generation.state == State.RETIRED and generation.activated_at is not None


def _is_kept_back(generation: Generation) -> bool:
    return generation.state == State.READY


def _is_open(generation: Generation) -> bool:
    return generation.state in actions.CANCELLABLE_GENERATIONS


@admin.register(Generation)
class GenerationAdmin(ActionRunAdmin):
    list_display = (
        "id",
        "state",
        "progress",
        "problem",
        "made_with",
        "list_count",
        "churn",
        "asked",
        "took",
        "activated",
        "rows",
    )
    list_filter = ("state", ("model_version", NumberFilter))
    readonly_fields = ("progress", "took", "rows", "popular", "changes")
    fieldsets = (
        (
            None,
            {
                "description": "Lists of all viewers, made with one model and published together. "
                "One generation is active: the one that everybody reads. Those that were active "
                "before stay for a day.",
                "fields": (
                    "state",
                    "progress",
                    "model_version",
                    "publish",
                    "rows",
                ),
            },
        ),
        (
            "Lists",
            {
                "fields": (
                    *("snapshot_at", "user_count", "list_count", "shard_count", "pipeline"),
                    *("experiment", "assignment"),
                )
            },
        ),
        (
            "Difference",
            {
                "description": "From the lists that were read when it was begun. What changes too "
                "much, or has learned from older data, is not published by itself; operators may.",
                "fields": ("refusal", "changes"),
            },
        ),
        ("Read by everybody", {"fields": ("activated_at", "retired_at")}),
        RUN_FIELDS,
        (
            "Popular films",
            {
                "description": "What viewers without a list of their own read.",
                "classes": ("collapse",),
                "fields": ("popular",),
            },
        ),
    )
    changelist_actions = ("build_and_publish", "roll_back")
    change_actions = ("publish", "make_active_again", "cancel")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Generation]:
        return with_shards_done(super().get_queryset(request))

    @admin.display(description="Progress")
    def progress(self, generation: Any) -> str:
        if generation.state in (State.READY, State.ACTIVE, State.RETIRED):
            return "100 %"
        return percent(generation.shards_done, generation.shard_count)

    @admin.display(description="Model")
    def made_with(self, generation: Generation) -> SafeString:
        return row_link(
            generation.model_version_id,
            "recommendations_modelversion",
            generation.model_version_id,
        )

    @admin.display(description="Churn")
    def churn(self, generation: Generation) -> str:
        return differences.share(generation.difference.get("churn"))

    @admin.display(description="Difference")
    def changes(self, generation: Generation) -> SafeString:
        return differences.difference_table(generation)

    @admin.display(description="Activated")
    def activated(self, generation: Generation) -> str:
        return age(generation.activated_at, now=timezone.now())

    @admin.display(description="Related rows")
    def rows(self, generation: Generation) -> SafeString:
        return side_by_side(
            list_link("Shards", "recommendations_generationshard", generation=generation.pk),
            list_link("Lists", "recommendations_recommendationlist", generation=generation.pk),
        )

    @admin.display(description="Most popular first")
    def popular(self, generation: Generation) -> SafeString:
        return film_table(
            [
                {"movie_id": movie_id, "source": RecommendationList.Source(source).label}
                for movie_id, source in zip_longest(
                    generation.popular_movie_ids,
                    generation.popular_sources,
                    fillvalue=RecommendationList.Source.POPULAR,
                )
            ]
        )

    @operator_action(
        label="Build and publish",
        description="Build the lists of all viewers with the newest model and publish them",
        permission="recommendations.add_generation",
        confirm="confirm_build",
    )
    def build_and_publish(self, request: HttpRequest, _: QuerySet[Generation]) -> str:
        model_version_id = flips.posted_number(request, "model")
        with transaction.atomic():
            try:
                generation = actions.request_lists(model_version_id=model_version_id)
            except (actions.ModelNotReadyError, actions.StillOpenError) as error:
                raise NotDoneError(f"Nothing was done: {error}.") from error
            self.log_addition(request, generation, f"Asked for, with model {model_version_id}.")
        return flips.told_asked(generation)

    def confirm_build(self, request: HttpRequest, _: QuerySet[Generation]) -> Confirmation:  # noqa: ARG002
        version = _newest_ready_model()
        if version is None:
            raise NotDoneError("Nothing was done: no model is ready. Train one first.")
        return flips.confirm_build(version, {"model": version.pk})

    @operator_action(
        label="Roll back",
        description="Let everybody read the generation that was active before",
        permission="recommendations.change_generation",
        confirm="confirm_roll_back",
    )
    def roll_back(self, request: HttpRequest, _: QuerySet[Generation]) -> str:
        target = flips.posted_number(request, "generation")
        return self._return_to(request, target, "Rolled back to.")

    def confirm_roll_back(self, request: HttpRequest, _: QuerySet[Generation]) -> Confirmation:  # noqa: ARG002
        target = publishing.roll_back_target().select_related("model_version").first()
        if target is None:
            raise NotDoneError("Nothing was done: there is no earlier generation to go back to.")
        return flips.confirm_return(target)

    @operator_action(
        label="Make this one active again",
        description="Let everybody read this generation",
        permission="recommendations.change_generation",
        confirm="confirm_return",
        offered=_was_active,
    )
    def make_active_again(self, request: HttpRequest, generation: Generation) -> str:
        return self._return_to(request, generation.pk, "Made active again.")

    def confirm_return(self, request: HttpRequest, generation: Generation) -> Confirmation:  # noqa: ARG002
        return flips.confirm_return(generation)

    def _return_to(self, request: HttpRequest, generation_id: int, entry: str) -> str:
        now = timezone.now()
        with transaction.atomic():
            with flips.refusals_told():
                rolled_back = publishing.roll_back(
                    at=now,
                    generation_id=generation_id,
                    expected_active_id=flips.agreed_active_id(request),
                )
            target, held_back = rolled_back.generation, rolled_back.held_back
            names = held_back.names()
            self.log_change(request, target, f"{entry} Kept back: {names}." if names else entry)
        took = duration(timezone.now() - now)
        return " ".join(
            (
                f"Generation {target.pk} is the active one: everybody reads it now ({took}).",
                "Viewers who wrote something since it was built get a new list within seconds.",
                *held_back.sentences(),
            )
        )

    @operator_action(
        label="Publish",
        description="Let everybody read this generation",
        permission="recommendations.change_generation",
        confirm="confirm_publish",
        offered=_is_kept_back,
    )
    def publish(self, request: HttpRequest, generation: Generation) -> str:
        with transaction.atomic():
            with flips.refusals_told():
                published = publishing.publish(
                    generation_id=generation.pk,
                    at=timezone.now(),
                    expected_active_id=flips.agreed_active_id(request),
                )
            if not published:
                transaction.set_rollback(True)
                raise NotDoneError("Nothing was done: a newer generation is active.")
            self.log_change(request, generation, "Published.")
        return f"Generation {generation.pk} is published: everybody reads its lists now."

    def confirm_publish(self, request: HttpRequest, generation: Generation) -> Confirmation:  # noqa: ARG002
        return flips.confirm_publication(generation)

    @operator_action(
        label="Cancel",
        description="End the building of this generation, or discard its lists",
        permission="recommendations.change_generation",
        confirm="confirm_cancel",
        offered=_is_open,
    )
    def cancel(self, request: HttpRequest, generation: Generation) -> str:
        with transaction.atomic():
            try:
                cancelled = actions.cancel_generation(
                    generation_id=generation.pk, at=timezone.now()
                )
            except actions.NotOpenError as error:
                raise NotDoneError(f"Nothing was done: {error}.") from error
            self.log_change(request, cancelled, "Cancelled.")
        return f"Generation {cancelled.pk} is cancelled. Everybody goes on reading what they read."

    def confirm_cancel(self, request: HttpRequest, generation: Generation) -> Confirmation:  # noqa: ARG002
        return Confirmation(
            question=f"Cancel generation {generation.pk}?",
            consequences=(
                "The lists it has so far are removed within a day; nobody has read them.",
                "Everybody goes on reading the active generation.",
            ),
        )
