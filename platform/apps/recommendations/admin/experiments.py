"""Experiments: start, stop, and what was found as a table."""

from collections.abc import Iterator

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.admin_display import NOTHING, age, first_line
from apps.core.model_admins import ReadOnlyAdmin
from apps.core.operator_actions import (
    Confirmation,
    NotDoneError,
    OperatorActionsAdmin,
    operator_action,
    posted_reason,
)
from apps.recommendations import actions
from apps.recommendations.experimenting.reports import (
    Comparison,
    Report,
    VariantReport,
    report,
)
from apps.recommendations.experimenting.sequential import Interval
from apps.recommendations.models import Experiment, Variant

State = Experiment.State
Metric = Experiment.Metric

_VARIANT_HEADINGS = ("Variant", "Share", "Kind", "Settings that differ")
_HEADINGS = (
    *("Metric", "Variant", "Viewers", "Value", "Less the control", "95 %, one look"),
    *("95 %, any number of looks", "p, any number of looks", "Verdict"),
)


def _is_draft(experiment: Experiment) -> bool:
    return experiment.state == State.DRAFT


def _is_running(experiment: Experiment) -> bool:
    return experiment.state == State.RUNNING


@admin.register(Experiment)
class ExperimentAdmin(OperatorActionsAdmin, ReadOnlyAdmin):
    list_display = ("id", "name", "state", "metric", "started", "stopped", "why")
    list_display_links = ("id", "name")
    list_filter = ("state",)
    readonly_fields = ("variants", "found")
    fieldsets = (
        (
            None,
            {
                "description": "Which part of the viewers reads lists of which variant. It is "
                "noted down over the API, and never changed; a draft can be deleted.",
                "fields": ("name", "description", "state", "variants", "found"),
            },
        ),
        ("What decides", {"fields": ("metric", "effect", "max_days", "salt")}),
        ("When", {"fields": ("created_at", "started_at", "stopped_at", "stop_reason")}),
        ("Who", {"fields": ("requested_by",)}),
    )
    change_actions = ("start", "stop")

    @admin.display(description="Started")
    def started(self, experiment: Experiment) -> str:
        return age(experiment.started_at, now=timezone.now())

    @admin.display(description="Stopped")
    def stopped(self, experiment: Experiment) -> str:
        return age(experiment.stopped_at, now=timezone.now())

    @admin.display(description="Why it was stopped")
    def why(self, experiment: Experiment) -> str:
        return first_line(experiment.stop_reason) or NOTHING

    @admin.display(description="Variants")
    def variants(self, experiment: Experiment) -> SafeString:
        return _table(_VARIANT_HEADINGS, map(_variant_row, experiment.variants.all()))

    @admin.display(description="What was found")
    def found(self, experiment: Experiment) -> SafeString | str:
        look = experiment.looks.order_by("-pk").first()
        if look is None:
            return "Nobody has looked yet; a worker does every night, and after the end."
        found = report(look, experiment, list(experiment.variants.all()))
        seen = age(look.taken_at, now=timezone.now())
        return format_html("<p>{}</p>{}", _said(found, seen), _table(_HEADINGS, _rows(found)))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Of drafts alone: what was started stays, with what it found."""
        may = request.user.has_perm("recommendations.delete_experiment")
        return bool(may and isinstance(obj, Experiment) and _is_draft(obj))

    def delete_model(self, request: HttpRequest, obj: Experiment) -> None:  # noqa: ARG002  # the signature is Django's
        try:
            actions.discard_experiment(experiment_id=obj.pk)
        except actions.ExperimentRefusedError as error:
            raise PermissionDenied from error

    @operator_action(
        label="Start",
        description="Have lists built by variant",
        permission="recommendations.change_experiment",
        confirm="confirm_start",
        offered=_is_draft,
    )
    def start(self, request: HttpRequest, experiment: Experiment) -> str:
        with transaction.atomic():
            try:
                actions.start_experiment(experiment_id=experiment.pk, at=timezone.now())
            except actions.ExperimentRefusedError as error:
                raise NotDoneError(f"Nothing was done: {error}.") from error
            self.log_change(request, experiment, "Started.")
        return f"The {experiment} runs. Its lists are read as soon as they are built."

    def confirm_start(self, request: HttpRequest, experiment: Experiment) -> Confirmation:  # noqa: ARG002
        return Confirmation(
            question=f"Start the {experiment}?",
            consequences=(
                *(f"{_thousandths(each)} of all viewers read {each}." for each in _all(experiment)),
                "The lists of everybody are built anew with the model of the newest ones.",
                f"It is stopped after {experiment.max_days} days, or when a variant does harm.",
                "Nothing of it can be changed any more.",
            ),
        )

    @operator_action(
        label="Stop",
        description="Have the usual lists built for everybody",
        permission="recommendations.change_experiment",
        confirm="confirm_stop",
        offered=_is_running,
    )
    def stop(self, request: HttpRequest, experiment: Experiment) -> str:
        reason = posted_reason(request)
        with transaction.atomic():
            try:
                actions.stop_experiment(
                    experiment_id=experiment.pk, at=timezone.now(), reason=reason
                )
            except actions.ExperimentRefusedError as error:
                raise NotDoneError(f"Nothing was done: {error}.") from error
            self.log_change(request, experiment, f"Stopped: {reason}")
        return f"The {experiment} has ended. Its lists are read until the usual ones are built."

    def confirm_stop(self, request: HttpRequest, experiment: Experiment) -> Confirmation:  # noqa: ARG002
        return Confirmation(
            question=f"Stop the {experiment}?",
            consequences=(
                "It cannot go on afterwards.",
                "Everybody gets the usual lists, built anew with the model of the newest ones.",
                "A worker looks once more at what was found up to now.",
            ),
            asks_reason="Why, for the record:",
        )


def _all(experiment: Experiment) -> Iterator[Variant]:
    return iter(experiment.variants.all())


def _thousandths(variant: Variant) -> str:
    return f"{variant.share / 10:g} %"


def _variant_row(variant: Variant) -> tuple[str, ...]:
    settings = ", ".join(f"{name} = {value}" for name, value in variant.pipeline.items())
    name = f"{variant.name} (control)" if variant.is_control else variant.name
    return name, _thousandths(variant), variant.kind, settings or NOTHING


def _said(found: Report, seen: str) -> str:
    if found.is_mismatched:
        return (
            f"Seen {seen}. The viewers are not divided as the shares say (p = "
            f"{found.mismatch_p:.1g}): something is wrong, and the figures mean nothing."
        )
    return f"Seen {seen}. A variant is decided where p is at most {found.alpha:g}."


def _rows(found: Report) -> Iterator[tuple[str, ...]]:
    for metric in Metric:
        for each in found.variants:
            is_primary = metric == found.experiment.metric
            yield (str(metric.label), *_cells(each, each.metrics[metric], is_primary=is_primary))


def _cells(each: VariantReport, compared: Comparison, *, is_primary: bool) -> tuple[str, ...]:
    told = compared.difference
    return (
        each.variant.name,
        f"{each.viewers:,}",
        NOTHING if compared.value is None else f"{compared.value:.4g}",
        f"{told.estimate:+.4g}" if told else NOTHING,
        _shown(told.fixed) if told else NOTHING,
        _shown(told.always) if told else NOTHING,
        f"{compared.p:.2g}" if told and compared.p is not None else NOTHING,
        each.verdict.replace("_", " ") if is_primary else NOTHING,
    )


def _shown(interval: Interval) -> str:
    return f"{interval[0]:+.4g} to {interval[1]:+.4g}"


def _table(headings: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> SafeString:
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        format_html_join("", "<th>{}</th>", ((heading,) for heading in headings)),
        format_html_join("", "<tr>{}</tr>", ((_row(row),) for row in rows)),
    )


def _row(cells: tuple[str, ...]) -> SafeString:
    return format_html_join("", "<td>{}</td>", ((cell,) for cell in cells))
