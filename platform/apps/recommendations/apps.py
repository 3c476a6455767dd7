from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "apps.recommendations"

    def ready(self) -> None:
        from apps.core import personal_data, similar_films

        from . import metrics
        from .personal_data import (
            explanations_of,
            impressions_of,
            lists_of,
            onboarding_skips_of,
            questions_of,
        )
        from .similar import similar_by_model

        personal_data.register("recommendations", lists_of)
        personal_data.register("explanations", explanations_of)
        personal_data.register("impressions", impressions_of)
        personal_data.register("questions", questions_of)
        personal_data.register("onboarding_skips", onboarding_skips_of)
        similar_films.register(similar_by_model)
        metrics.register()
