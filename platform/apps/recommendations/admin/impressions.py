"""What viewers were shown, and the statistics of all of them."""

from django.contrib import admin

from apps.core.admin_filters import NumberFilter
from apps.core.model_admins import ReadOnlyAdmin
from apps.recommendations.models import Impression, RecommendationStats
from apps.users.admin.of_viewer import OfViewerAdmin


@admin.register(Impression)
class ImpressionAdmin(OfViewerAdmin):
    list_display = (
        "id",
        "user",
        "movie_id",
        "source",
        "position",
        "surface",
        "shown_at",
        "clicked_at",
    )
    list_select_related = ("user",)
    list_filter = (("user", NumberFilter),)
    fieldsets = (
        (
            None,
            {
                "description": "A film that a viewer was shown, once for each list and surface. "
                "The viewer's client told it; where it stood, and why, is from the stored list, "
                "which goes earlier. Private viewers leave none.",
                "fields": ("user", "movie_id", "surface", "row", "shown_at", "clicked_at"),
            },
        ),
        (
            "Where it stood",
            {
                "fields": (
                    "list_id",
                    "generation_id",
                    "model_version_id",
                    "variant_id",
                    "position",
                    "source",
                    "score",
                    "propensity",
                )
            },
        ),
    )


@admin.register(RecommendationStats)
class RecommendationStatsAdmin(ReadOnlyAdmin):
    list_display = ("id", "computed_at", "seconds")
    fields = ("computed_at", "seconds", "body")
