from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "apps.users"

    def ready(self) -> None:
        from apps.core import personal_data

        from . import metrics
        from .personal_data import mails_of, sessions_of

        metrics.register()
        personal_data.register("sessions", sessions_of)
        personal_data.register("mails", mails_of)
