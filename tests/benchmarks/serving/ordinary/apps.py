from django.apps import AppConfig


class OrdinaryConfig(AppConfig):
    name = "tests.benchmarks.serving.ordinary"
    label = "ordinary"
    default_auto_field = "django.db.models.BigAutoField"
