"""Lists of recommendations, by title."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.core.admin_display import age
from apps.core.admin_filters import NumberFilter
from apps.recommendations.models import CONTRIBUTORS_PER_ITEM, RecommendationList
from apps.users.admin.of_viewer import OfViewerAdmin

from .films import film_table

_ARRAYS = ("movie_ids", "scores", "sources", "because_movie_ids", "because_shares")


@admin.register(RecommendationList)
class RecommendationListAdmin(OfViewerAdmin):
    list_display = ("id", "user", "generation", "revision", "built")
    list_select_related = ("user", "generation")
    list_filter = (("user", NumberFilter), ("generation", NumberFilter))
    readonly_fields = ("films",)
    fieldsets = (
        (
            None,
            {
                "description": "A list as it was built. It is never changed: each build adds a "
                "row, and the newest one of the active generation is read. What the viewer has "
                "rated, favourited or hidden since is left out when it is read.",
                "fields": ("user", "generation", "variant_id", "revision", "created_at"),
            },
        ),
        ("Films", {"fields": ("films",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecommendationList]:
        """The arrays are for the list's own page."""
        return super().get_queryset(request).defer(*_ARRAYS)

    @admin.display(description="Built")
    def built(self, row: RecommendationList) -> str:
        return age(row.created_at, now=timezone.now())

    @admin.display(description="As built")
    def films(self, row: RecommendationList) -> SafeString:
        # Each deferred array would otherwise be a query of its own.
        row.refresh_from_db(fields=list(_ARRAYS))
        return film_table(
            [
                {
                    "movie_id": movie_id,
                    "score": score,
                    "source": RecommendationList.Source(source).label,
                    "because": _contributors(row, position),
                }
                for position, (movie_id, score, source) in enumerate(
                    zip(row.movie_ids, row.scores, row.sources, strict=True)
                )
            ]
        )


def _contributors(row: RecommendationList, position: int) -> list[tuple[int, str]]:
    of_item = slice(position * CONTRIBUTORS_PER_ITEM, (position + 1) * CONTRIBUTORS_PER_ITEM)
    pairs = zip(row.because_movie_ids[of_item], row.because_shares[of_item], strict=True)
    return [(movie_id, f"{share / 10:.0f}") for movie_id, share in pairs if movie_id]
