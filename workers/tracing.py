"""Which request caused a task: its id travels in a header of the message.

Whatever a task logs or sends happens under the id of the request that caused it, over any number
of tasks in between, retries and redeliveries. A task that no request caused has the id of the
first task of its chain. Each task that ended leaves one line here; Celery's own would repeat it
with the task's arguments.
"""

import logging
import time
from collections.abc import Mapping
from contextvars import Token
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import Task
from celery.signals import before_task_publish, task_postrun, task_prerun

from apps.core import logs
from apps.core.request_ids import (
    NO_REQUEST,
    current_request_id,
    reset_request_id,
    set_request_id,
)

from . import metrics

logger = logging.getLogger("nexus.tasks")

REQUEST_ID_HEADER = "request_id"
# When the message was due (seconds since 1970): sent, or after its countdown.
DUE_HEADER = "due_at"
# What ticks every few seconds. Their lines, 50,000 a day, would hide all others.
QUIET_VERBS = frozenset({"sweep", "record_canary"})
SUCCESS = "SUCCESS"
# The process is being ended; its parent counts that.
ABORTED = "ABORTED"


@dataclass(frozen=True, slots=True)
class _Run:
    began: float
    request_id: Token[str]
    fields: Token[Mapping[str, Any]]


_runs: dict[str, _Run] = {}


def register() -> None:
    before_task_publish.connect(add_headers, dispatch_uid="workers.tracing.publish")
    task_prerun.connect(begin, dispatch_uid="workers.tracing.begin")
    task_postrun.connect(end, dispatch_uid="workers.tracing.end")


def add_headers(*, headers: dict[str, Any], **_: Any) -> None:
    # The parent of a lost process sends its task again outside of the task, with its headers.
    if current_request_id() != NO_REQUEST:
        headers[REQUEST_ID_HEADER] = current_request_id()
    eta = headers.get("eta")
    headers[DUE_HEADER] = datetime.fromisoformat(eta).timestamp() if eta else time.time()


def begin(*, task_id: str, task: Task[Any, Any], **_: Any) -> None:
    request = task.request
    request_id = request.get(REQUEST_ID_HEADER) or request.root_id or task_id
    _runs[task_id] = _Run(
        time.perf_counter(),
        set_request_id(request_id),
        logs.set_fields({"task": task.name, "task_id": task_id}),
    )
    delivery = request.delivery_info or {}
    due_at = request.get(DUE_HEADER)
    # What comes a second time has waited for its lost worker, not in a queue.
    if due_at and not delivery.get("redelivered"):
        metrics.observe_wait(delivery.get("routing_key"), seconds=time.time() - due_at)


def end(*, task_id: str, task: Task[Any, Any], state: str | None = None, **_: Any) -> None:
    run = _runs.pop(task_id, None)
    if run is None:
        return
    seconds = time.perf_counter() - run.began
    try:
        if state is not None:
            metrics.count_task(task.name, state, seconds=seconds)
        _write_line(task.name, state or ABORTED, seconds)
    finally:
        logs.reset_fields(run.fields)
        reset_request_id(run.request_id)


def _write_line(name: str, state: str, seconds: float) -> None:
    is_quiet = state == SUCCESS and name.rpartition(".")[2] in QUIET_VERBS
    milliseconds = round(seconds * 1000, 2)
    logger.log(
        logging.DEBUG if is_quiet else logging.INFO,
        "%s %s %s ms",
        *(name, state, milliseconds),
        extra={"state": state, "duration_ms": milliseconds},
    )
