"""The shards of models and of generations, and the row that says which generation is read."""

from django.contrib import admin
from django.utils.safestring import SafeString

from apps.core.admin_display import row_link
from apps.core.admin_filters import NumberFilter
from apps.core.model_admins import ReadOnlyAdmin
from apps.core.run_admins import RUN_FIELDS, RunAdmin
from apps.recommendations.models import ActiveGeneration, GenerationShard, ModelShard


@admin.register(ModelShard)
class ModelShardAdmin(RunAdmin):
    list_display = (
        *("id", "model_version", "number", "state", "films"),
        *("attempts", "took", "problem"),
    )
    list_select_related = ("model_version",)
    list_filter = ("state", ("model_version", NumberFilter))
    readonly_fields = ("took", "films")
    fieldsets = (
        (None, {"fields": ("model_version", "number", "state", "films", "arrays")}),
        RUN_FIELDS,
    )

    @admin.display(description="Films")
    def films(self, shard: ModelShard) -> str:
        """Positions among the films of the model."""
        return f"{shard.start} to {shard.stop - 1}"


@admin.register(GenerationShard)
class GenerationShardAdmin(RunAdmin):
    list_display = (
        "id",
        "generation",
        "number",
        "state",
        "users",
        "list_count",
        "attempts",
        "took",
        "problem",
    )
    list_select_related = ("generation",)
    list_filter = ("state", ("generation", NumberFilter))
    readonly_fields = ("took", "users")
    fieldsets = (
        (None, {"fields": ("generation", "number", "state", "users", "list_count")}),
        RUN_FIELDS,
    )

    @admin.display(description="Users")
    def users(self, shard: GenerationShard) -> str:
        return f"{shard.first_user_id} to {shard.last_user_id}"


@admin.register(ActiveGeneration)
class ActiveGenerationAdmin(ReadOnlyAdmin):
    list_display = ("id", "generation_row", "changed_at")
    list_select_related = ("generation",)
    fields = ("generation", "changed_at")

    @admin.display(description="Generation")
    def generation_row(self, row: ActiveGeneration) -> SafeString | str:
        if row.generation is None:
            return "none yet"
        return row_link(row.generation, "recommendations_generation", row.generation.pk)
