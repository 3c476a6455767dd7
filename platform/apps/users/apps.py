from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "apps.users"

    def ready(self) -> None:
        from . import schema  # noqa: F401  # imported for its effect: it registers itself
