from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.core.admin import ReadOnlyAdmin

from .models import (
    ActiveGeneration,
    Generation,
    GenerationShard,
    ModelChunk,
    ModelVersion,
    RecommendationList,
)


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "state", "phase", "user_count", "item_count", "finished_at")
    list_filter = ("state", "kind")


@admin.register(ModelChunk)
class ModelChunkAdmin(ReadOnlyAdmin):
    list_display = ("id", "model_version", "array", "number", "sha256")
    list_select_related = ("model_version",)
    exclude = ("data",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelChunk]:
        """Without the arrays themselves: fifty chunks are up to 200 MB."""
        return super().get_queryset(request).defer("data")


@admin.register(Generation)
class GenerationAdmin(ReadOnlyAdmin):
    list_display = ("id", "state", "model_version", "list_count", "snapshot_at", "activated_at")
    list_select_related = ("model_version",)
    list_filter = ("state",)


@admin.register(GenerationShard)
class GenerationShardAdmin(ReadOnlyAdmin):
    list_display = ("id", "generation", "number", "state", "list_count", "attempts")
    list_select_related = ("generation",)
    list_filter = ("state",)


@admin.register(ActiveGeneration)
class ActiveGenerationAdmin(ReadOnlyAdmin):
    list_display = ("id", "generation", "changed_at")
    list_select_related = ("generation",)


@admin.register(RecommendationList)
class RecommendationListAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "generation", "revision", "created_at")
    list_select_related = ("user", "generation")
    search_fields = ("user__email__exact",)
