"""What new viewers are asked and what they have not seen."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.core.admin_filters import NumberFilter
from apps.core.model_admins import ReadOnlyAdmin
from apps.recommendations.models import OnboardingSkip, Questionnaire, Questions
from apps.users.admin.of_viewer import OfViewerAdmin

from .films import film_table


@admin.register(OnboardingSkip)
class OnboardingSkipAdmin(OfViewerAdmin):
    list_display = ("id", "user", "movie", "created_at")
    list_select_related = ("user", "movie")
    list_filter = (("user", NumberFilter), ("movie", NumberFilter))


@admin.register(Questions)
class QuestionsAdmin(OfViewerAdmin):
    list_display = ("user", "revision", "chosen_at")
    list_select_related = ("user",)
    list_filter = (("user", NumberFilter),)
    readonly_fields = ("films",)
    fields = ("user", "revision", "chosen_at", "films")

    @admin.display(description="Asked next")
    def films(self, row: Questions) -> SafeString:
        return film_table([{"movie_id": movie_id} for movie_id in row.movie_ids])


@admin.register(Questionnaire)
class QuestionnaireAdmin(ReadOnlyAdmin):
    list_display = ("model_version",)
    list_select_related = ("model_version",)
    list_filter = (("model_version", NumberFilter),)
    readonly_fields = ("films",)
    fields = ("model_version", "films")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Questionnaire]:
        return super().get_queryset(request).defer("arrays")

    @admin.display(description="Asked first")
    def films(self, row: Questionnaire) -> SafeString:
        return film_table([{"movie_id": movie_id} for movie_id in row.movie_ids])
