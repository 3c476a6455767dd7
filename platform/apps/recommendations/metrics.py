"""How fresh the lists are, read from PostgreSQL when `/metrics` is asked."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from apps.core import metrics

from .freshness import COUNTED_VIEWERS, WAITING
from .models import ActiveGeneration, Alert, ModelVersion

ALERTS_COUNTED = timedelta(days=1)


def register() -> None:
    metrics.register("database", freshness)
    metrics.register("database", alerts)


def alerts() -> Iterator[GaugeMetricFamily]:
    recent = Alert.objects.filter(raised_at__gt=timezone.now() - ALERTS_COUNTED)
    counts = dict(recent.values_list("kind").annotate(Count("pk")).order_by("kind"))
    found = GaugeMetricFamily(
        "nexus_alerts", "Alerts of the last day, by what they are about.", labels=["kind"]
    )
    for kind in Alert.Kind.values:
        found.add_metric([kind], counts.get(kind, 0))
    yield found


def freshness() -> Iterator[GaugeMetricFamily]:
    now = timezone.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [f"{metrics.PART_SECONDS}s"])
            cursor.execute(WAITING, [COUNTED_VIEWERS])
            waiting, oldest = cursor.fetchone()
        active = ActiveGeneration.objects.filter(generation__isnull=False)
        generation = active.values_list(
            "generation__activated_at", "generation__list_count"
        ).first()
        trained_at = _last_training()
    yield metrics.gauge(
        "nexus_viewers_waiting",
        f"Viewers whose own writes no list has seen, counted up to {COUNTED_VIEWERS}.",
        waiting,
    )
    yield metrics.gauge(
        "nexus_oldest_wait_seconds",
        "Age of the oldest write that waits for a list to see it; 0 if nobody waits.",
        _age(oldest, now) if oldest else 0,
    )
    if generation and generation[0]:
        yield metrics.gauge(
            "nexus_active_generation_age_seconds",
            "Seconds since the generation that is read was published.",
            _age(generation[0], now),
        )
    yield metrics.gauge(
        "nexus_generation_lists",
        "Lists that the generation that is read was published with.",
        generation[1] if generation else 0,
    )
    if trained_at:
        yield metrics.gauge(
            "nexus_last_training_age_seconds",
            "Seconds since the last training that succeeded ended.",
            _age(trained_at, now),
        )


def _last_training() -> datetime | None:
    ready = ModelVersion.objects.filter(state=ModelVersion.State.READY, finished_at__isnull=False)
    return ready.order_by("-finished_at", "-pk").values_list("finished_at", flat=True).first()


def _age(moment: datetime, now: datetime) -> float:
    return (now - moment).total_seconds()
