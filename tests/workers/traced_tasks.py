"""Tasks for tests of the workers themselves; a worker gets them by `--include`."""

import os
import signal
import time
from contextlib import suppress
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from workers.celery import app


@app.task(name="maintenance.succeed")
def succeed(**_: Any) -> None:
    pass


@app.task(name="realtime.succeed")
def succeed_at_once(**_: Any) -> None:
    pass


@app.task(name="realtime.sweep")
def sweep(**_: Any) -> None:
    pass


@app.task(name="maintenance.send_another")
def send_another(**_: Any) -> None:
    succeed.delay()


@app.task(name="maintenance.send_for_later")
def send_for_later(**_: Any) -> None:
    succeed_at_once.apply_async(countdown=1.5)


@app.task(name="maintenance.fail")
def fail(*, secret: str, **_: Any) -> None:
    raise ValueError(f"{len(secret)} letters")


@app.task(bind=True, name="maintenance.retry", retry_backoff=False)
def retry(self: Any, **_: Any) -> None:
    if not self.request.retries:
        raise OperationalError("the database is away")


@app.task(bind=True, name="maintenance.lose_process")
def lose_process(self: Any, **_: Any) -> None:
    if not self.request.retries:
        os.kill(os.getpid(), signal.SIGKILL)


@app.task(name="maintenance.run_too_long", soft_time_limit=1, time_limit=2)
def run_too_long(**_: Any) -> None:
    with suppress(SoftTimeLimitExceeded):
        time.sleep(30)
    time.sleep(30)
