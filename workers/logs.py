"""Workers, beat and Flower say what they have to say as every other process does."""

import logging
import os
from typing import Any, cast

from celery import Celery
from celery.signals import beat_init, celeryd_init, setup_logging
from celery.utils.log import get_multiprocessing_logger

from apps.core.logs import set_process_role

logger = logging.getLogger(__name__)

STDERR = 2


def leave_logging_to_django(**_: Any) -> None:
    """With a receiver here Celery adds no handler and no format of its own."""
    # It tells of lost processes, by default to nobody's handler.
    if logger := get_multiprocessing_logger():
        logger.propagate = True


def begin_worker(*, sender: str, instance: Any, **_: Any) -> None:
    """`realtime@host` is the realtime worker; its child processes inherit the name."""
    set_process_role(sender.partition("@")[0])
    # The banner is no log line.
    instance.quiet = True
    from celery.apps import worker as worker_program

    # What Celery says in its signal handlers, and kombu prints when it hands messages back.
    worker_program.safe_say = say  # type: ignore[attr-defined]  # its types miss it
    instance.app.log.redirect_stdouts("WARNING")


def say(message: str, *_: Any) -> None:
    """A log line from a signal handler, where nobody may wait for the lock of a handler."""
    record = logger.makeRecord(logger.name, logging.INFO, __name__, 0, message, (), None)
    for handler in logging.getLogger().handlers:
        if handler.filter(record):
            os.write(STDERR, f"{handler.format(record)}\n".encode())


def begin_beat(**_: Any) -> None:
    set_process_role("beat")


def configure(app: Celery) -> None:
    # Celery documents both the attribute and the name of a class; its types know neither.
    untyped = cast("Any", app)
    untyped.Beat = untyped.subclass_with_self("workers.beat:Beat")
    setup_logging.connect(leave_logging_to_django, dispatch_uid="workers.logs.setup")
    celeryd_init.connect(begin_worker, dispatch_uid="workers.logs.worker")
    beat_init.connect(begin_beat, dispatch_uid="workers.logs.beat")
