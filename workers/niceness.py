"""Workers for what nobody waits for give way to those for viewers, on the same cores.

Decided by the queues that a worker reads, so that it holds however the worker is started. Being
nicer needs no right, and a worker's processes are as nice as the one that starts them.
"""

import logging
import os
from collections.abc import Collection
from typing import Any

from celery.signals import worker_init
from django.conf import settings

from .queues import BATCH, CATALOG, TRAINING

logger = logging.getLogger(__name__)

BACKGROUND = frozenset({BATCH, CATALOG, TRAINING})
# Read beside one of the above by the same worker, as mail is: it waits for that anyway.
_PATIENT = BACKGROUND | {"mail"}


def connect() -> None:
    worker_init.connect(give_way, dispatch_uid="workers.niceness")


def give_way(*, sender: Any, **_: Any) -> None:
    """Before the worker's processes are started."""
    if is_background(sender.app.amqp.queues.consume_from):
        be_at_least(settings.BACKGROUND_NICENESS)


def is_background(queues: Collection[str]) -> bool:
    return bool(BACKGROUND.intersection(queues)) and _PATIENT.issuperset(queues)


def be_at_least(niceness: int) -> None:
    missing = niceness - os.nice(0)
    if missing > 0:
        os.nice(missing)
        logger.info("This worker gives way to others: niceness %s", niceness)
