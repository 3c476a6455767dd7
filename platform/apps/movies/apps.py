from django.apps import AppConfig


class MoviesConfig(AppConfig):
    name = "apps.movies"

    def ready(self) -> None:
        from . import metrics

        metrics.register()
