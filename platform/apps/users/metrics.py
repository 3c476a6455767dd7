"""Mails that nobody has sent yet, counted in PostgreSQL when `/metrics` is asked."""

from collections.abc import Iterator

from django.db import connection, transaction
from prometheus_client.core import GaugeMetricFamily

from apps.core import metrics

# Counting stops here: by then the number no longer matters, and a scrape must stay cheap.
COUNTED_MAILS = 10_000

_WAITING = """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(requested_at)), 0) FROM (
        SELECT requested_at FROM users_accountmail
        WHERE sent_at IS NULL AND given_up_at IS NULL
        ORDER BY nudge_at NULLS FIRST
        LIMIT %s
    ) AS waiting
"""


def register() -> None:
    metrics.register("database", waiting_mails)


def waiting_mails() -> Iterator[GaugeMetricFamily]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [f"{metrics.PART_SECONDS}s"])
        cursor.execute(_WAITING, [COUNTED_MAILS])
        waiting, seconds = cursor.fetchone()
    yield metrics.gauge(
        "nexus_mails_waiting",
        f"Mails that are neither sent nor given up, counted up to {COUNTED_MAILS}.",
        waiting,
    )
    yield metrics.gauge(
        "nexus_oldest_mail_wait_seconds",
        "Seconds since the mail that waits longest was requested; 0 if none waits.",
        float(seconds),
    )
