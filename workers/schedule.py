"""What runs when nobody asks. Written to the database once; from then on the admin decides."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.conf import settings

from . import queues

if TYPE_CHECKING:
    from django.db.models import Model


@dataclass(frozen=True, kw_only=True, slots=True)
class Periodic:
    """A task and its time: every so many seconds, or daily at an hour and minute (UTC).

    A message that no worker has begun after `expires` seconds is dropped.
    """

    task: str
    seconds: int | None = None
    hour: str = "*"
    minute: str = "0"
    kwargs: str = "{}"  # JSON
    expires: int


# One that waits until the next is sent would only say the same again.
CANARIES: Mapping[str, Periodic] = MappingProxyType(
    {
        f"Canary: {queue}": Periodic(
            task=f"{queue}.record_canary",
            seconds=settings.HEALTH_CANARY_SECONDS,
            expires=settings.HEALTH_CANARY_SECONDS,
        )
        for queue in queues.QUEUES
    }
)

_HOUR = 3600


def _sync(kind: str, *, hour: str, minute: str, **scope: int) -> Periodic:
    return Periodic(
        task="catalog.start_sync",
        kwargs=json.dumps({"kind": kind, **({"scope": scope} if scope else {})}),
        hour=hour,
        minute=minute,
        expires=_HOUR // 2 if hour == "*" else 6 * _HOUR,
    )


# What the training at 3 learns from comes before it. The export is written by 8; with no more than
# what is here taken from it, it says what TMDb has removed and how popular the rest is. Whether
# the catalogue is to have every title there is, is an operator's decision.
SYNCS: Mapping[str, Periodic] = MappingProxyType(
    {
        "Sync genres": _sync("genres", hour="0", minute="50"),
        "Sync changes": _sync("changes", hour="1", minute="0"),
        "Sync trending": _sync(
            "trending", hour="*" if settings.TMDB_TRENDING_HOURLY else "2", minute="10"
        ),
        "Sync lists": _sync("lists", hour="2", minute="20"),
        "Refresh old titles": _sync("refresh", hour="4", minute="40"),
        "Blank expired titles": _sync("blank", hour="5", minute="40"),
        "Reconcile with the export": _sync("export", hour="9", minute="0", limit=0),
    }
)

SCHEDULE: Mapping[str, Periodic] = MappingProxyType(
    {
        "Sweep": Periodic(task="maintenance.sweep", seconds=2, expires=4),
        "Train, build and publish": Periodic(
            task="training.start_nightly", hour="3", expires=6 * 3600
        ),
        # Before the training, so that the lists of the day follow what is decided.
        "Look at experiments": Periodic(
            task="batch.look_at_experiments", hour="2", minute="40", expires=6 * 3600
        ),
        "Purge replaced lists": Periodic(
            task="batch.purge_lists",
            minute="30",
            expires=settings.PURGE_EXPIRES_SECONDS,
        ),
        "Purge expired sessions and mails": Periodic(
            task="batch.purge_expired",
            minute="45",
            expires=settings.PURGE_EXPIRES_SECONDS,
        ),
        # By the worker that sends mail, so that it also tells that the one for viewers is dead.
        "Check how fresh lists are": Periodic(task="mail.check_freshness", seconds=60, expires=60),
        # After most syncs of the night.
        "Count words of the search": Periodic(
            task="catalog.count_search_words", hour="5", minute="10", expires=6 * 3600
        ),
        "Compute statistics of recommendations": Periodic(
            task="batch.compute_stats",
            minute="50",
            expires=settings.PURGE_EXPIRES_SECONDS,
        ),
        **SYNCS,
        **CANARIES,
    }
)


def create_schedules(**_: Any) -> None:
    """Add the schedules that are not there yet; what an operator changed stays changed."""
    from django_celery_beat.models import PeriodicTask

    for name, periodic in SCHEDULE.items():
        if PeriodicTask.objects.filter(name=name).exists():
            continue
        PeriodicTask.objects.create(
            name=name,
            task=periodic.task,
            kwargs=periodic.kwargs,
            expire_seconds=periodic.expires,
            **_timing(periodic),
        )


def _timing(periodic: Periodic) -> dict[str, Any]:
    from django_celery_beat.models import CrontabSchedule, IntervalSchedule

    if periodic.seconds is not None:
        every = {"every": periodic.seconds, "period": IntervalSchedule.SECONDS}
        return {"interval": _first_or_new(IntervalSchedule, every)}
    daily = {"minute": periodic.minute, "hour": periodic.hour, "timezone": "UTC"}
    return {"crontab": _first_or_new(CrontabSchedule, daily)}


def _first_or_new(model: type["Model"], fields: Mapping[str, Any]) -> "Model":
    """Unlike get_or_create, at peace with several equal rows: the admin lets them be added."""
    rows = model._default_manager  # noqa: SLF001  # Django documents it
    return rows.filter(**fields).order_by("pk").first() or rows.create(**fields)
