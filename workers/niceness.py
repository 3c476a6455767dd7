"""Workers for what nobody waits for give way to those for viewers, on the same cores.

Decided by the queues that a worker reads, so that it holds however the worker is started. Being
nicer needs no right, and a worker's processes are as nice as the one that starts them.

Linux shares the cores among sessions first and then within each (sched_autogroup, see sched(7)), so
that a worker that is a session of its own has to have its group give way as well.
"""

import logging
import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from celery.signals import worker_init
from django.conf import settings

from .queues import BATCH, CATALOG, TRAINING

logger = logging.getLogger(__name__)

BACKGROUND = frozenset({BATCH, CATALOG, TRAINING})
# Read beside one of the above by the same worker, as mail is: it waits for that anyway.
_PATIENT = BACKGROUND | {"mail"}
_AUTOGROUP = Path("/proc/self/autogroup")


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
        if os.getsid(0) == os.getpid():
            _have_group_give_way(niceness)


def _have_group_give_way(niceness: int) -> None:
    """Only of a session's own worker: others in the group would be slowed down with it."""
    try:
        if _AUTOGROUP.exists():
            _AUTOGROUP.write_text(str(niceness), encoding="ascii")
    except OSError as error:
        # Groups of containers or services share the cores in their stead.
        logger.info("The session's group does not give way: %s", error)
