from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "apps.recommendations"

    def ready(self) -> None:
        from apps.core.heartbeats import register_work

        from . import metrics
        from .work import recent_work

        register_work(recent_work)
        metrics.register()
