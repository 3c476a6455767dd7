from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "apps.recommendations"

    def ready(self) -> None:
        from apps.core import personal_data
        from apps.core.heartbeats import register_work

        from . import metrics
        from .personal_data import lists_of
        from .work import recent_work

        personal_data.register("recommendations", lists_of)
        register_work(recent_work)
        metrics.register()
