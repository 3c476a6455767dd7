"""Measurements of models, and how what they found is shown."""

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.admin_filters import NumberFilter
from apps.core.operator_actions import Confirmation, NotDoneError, operator_action
from apps.core.run_admins import RUN_FIELDS, ActionRunAdmin
from apps.recommendations import actions
from apps.recommendations.models import ModelMeasurement, ModelVersion
from apps.recommendations.quality import HEADINGS, quality_of


def quality_table(version: ModelVersion) -> SafeString:
    quality = quality_of(version.metrics)
    if not quality.rows:
        return format_html("{}", quality.sentence)
    return format_html(
        "<p>{}</p><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        quality.sentence,
        format_html_join("", "<th>{}</th>", ((heading,) for heading in HEADINGS)),
        format_html_join("", "<tr>{}</tr>", ((_cells(row),) for row in quality.rows)),
    )


def _cells(row: tuple[str, ...]) -> SafeString:
    return format_html_join("", "<td>{}</td>", ((cell,) for cell in row))


def _is_open(measurement: ModelMeasurement) -> bool:
    return measurement.state in actions.OPEN_MEASUREMENTS


@admin.register(ModelMeasurement)
class ModelMeasurementAdmin(ActionRunAdmin):
    list_display = ("id", "model_version", "state", "progress", "problem", "asked", "took")
    list_select_related = ("model_version",)
    list_filter = ("state", ("model_version", NumberFilter))
    readonly_fields = ("progress", "took")
    fieldsets = (
        (
            None,
            {
                "description": "How well the method ranks what the platform's own viewers liked. "
                "It waits while a model is trained or lists are built; what it found is on the "
                "page of the model.",
                "fields": ("model_version", "state", "progress", "sample", "results"),
            },
        ),
        RUN_FIELDS,
    )
    change_actions = ("cancel",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelMeasurement]:
        found: QuerySet[ModelMeasurement] = super().get_queryset(request)
        return found.defer("viewer_ids")

    @admin.display(description="Progress")
    def progress(self, measurement: ModelMeasurement) -> str:
        return f"{measurement.percent_done} %"

    @operator_action(
        label="Cancel",
        description="End this measurement",
        permission="recommendations.change_modelmeasurement",
        confirm="confirm_cancel",
        offered=_is_open,
    )
    def cancel(self, request: HttpRequest, measurement: ModelMeasurement) -> str:
        with transaction.atomic():
            try:
                cancelled = actions.cancel_measurement(
                    measurement_id=measurement.pk, at=timezone.now()
                )
            except actions.NotOpenError as error:
                raise NotDoneError(f"Nothing was done: {error}.") from error
            self.log_change(request, cancelled, "Cancelled.")
        return f"The {cancelled} is cancelled."

    def confirm_cancel(self, request: HttpRequest, measurement: ModelMeasurement) -> Confirmation:  # noqa: ARG002
        return Confirmation(
            question=f"Cancel the {measurement}, which is {measurement.percent_done} % done?",
            consequences=(
                "What it has found so far is not stored with the model.",
                "Nobody's lists change.",
            ),
        )
