from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
    verbose_name = "Health"

    def ready(self) -> None:
        from . import database_health, health, heartbeat_metrics, metrics

        health.register("database", database_health.check_database, lane=database_health.DATABASE)
        health.register(
            "migrations", database_health.check_migrations, lane=database_health.DATABASE
        )
        metrics.register("database", heartbeat_metrics.heartbeat_ages)
