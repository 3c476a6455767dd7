from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class WorkersConfig(AppConfig):
    name = "workers"

    def ready(self) -> None:
        from . import checks, health, metrics, niceness, receivers, schedule, tracing

        receivers.connect()
        checks.register()
        health.register()
        metrics.register()
        niceness.connect()
        tracing.register()
        # The schedule's tables exist once the app that owns them has been migrated.
        post_migrate.connect(
            schedule.create_schedules,
            sender=apps.get_app_config("django_celery_beat"),
            dispatch_uid="workers.schedule",
        )
