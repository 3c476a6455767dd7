from collections.abc import Iterator

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now
from prometheus_client.core import GaugeMetricFamily

from .models import Heartbeat


def heartbeat_ages() -> Iterator[GaugeMetricFamily]:
    """By the database's clock, as the health checks judge them."""
    age = ExpressionWrapper(Now() - F("seen_at"), DurationField())
    family = GaugeMetricFamily(
        "nexus_heartbeat_age_seconds",
        "Seconds since beat ticked or a queue's worker answered.",
        labels=["name"],
    )
    for name, since in Heartbeat.objects.order_by("name").values_list("name", age):
        family.add_metric([name], since.total_seconds())
    yield family
