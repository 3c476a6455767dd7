"""What a process says, and how: every line of every process takes this way out.

`LOG_FORMAT=console` is for people, `json` for machines: one object a line with the fields of
JSONFormatter. A field that is not listed here is not written, so that a library's `extra` (a
request, a task's arguments) cannot carry anybody's data into the log.
"""

import copy
import logging
import logging.config
import os
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import psycopg2
from django.db.utils import DataError, Error, IntegrityError
from pythonjsonlogger.json import JsonFormatter as BaseJSONFormatter

from .request_ids import META_KEY, current_request_id

FORMATS = ("console", "json")
CONSOLE_FORMAT = "{asctime} {levelname} {name} [{request_id}] {message}"
EXTRA_FIELDS = (
    *("task", "task_id", "state", "queue"),
    *("method", "path", "route", "status", "user_id"),
    *("alert", "alert_id"),
    "duration_ms",
)
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_current_fields: ContextVar[Mapping[str, Any]] = ContextVar("log_fields", default=_NOTHING)
_process: dict[str, str] = {"role": "command"}

set_fields = _current_fields.set
reset_fields = _current_fields.reset


def set_process_role(role: str) -> None:
    """Say what this process and those that it forks are: web, realtime, beat and so on."""
    _process["role"] = role


def configure(config: Mapping[str, Any]) -> None:
    """Django's LOGGING_CONFIG: its `LOGGING`, and warnings go to the log as well."""
    logging.config.dictConfig(dict(config))
    logging.captureWarnings(capture=True)


class ContextFilter(logging.Filter):
    """Adds what the line belongs to: a request, a task, a process."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django logs refused requests after the last middleware, with the request at hand.
        request = getattr(record, "request", None)
        known = getattr(request, "META", _NOTHING).get(META_KEY)
        record.request_id = known or current_request_id()
        record.role = _process["role"]
        for name, value in _current_fields.get().items():
            record.__dict__.setdefault(name, value)
        return True


_DATABASE_ERRORS = (Error, psycopg2.Error)
_REFUSALS = (IntegrityError, DataError, psycopg2.IntegrityError, psycopg2.DataError)


def _errors_of(record: logging.LogRecord) -> Iterator[BaseException]:
    arguments = record.args.values() if isinstance(record.args, Mapping) else record.args or ()
    logged = record.exc_info[1] if record.exc_info else None
    pending = [error for error in (logged, *arguments) if isinstance(error, BaseException)]
    seen: set[int] = set()
    while pending:
        error = pending.pop()
        if id(error) not in seen:
            seen.add(id(error))
            yield error
            pending += [link for link in (error.__cause__, error.__context__) if link]


def _fit_to_keep(record: logging.LogRecord) -> logging.LogRecord:
    """A copy without what must not be kept; the record itself if there is no such thing.

    The driver's text of a refused row quotes values and prints whole rows, hashes included. A
    request that Django's own checks refuse is the client's doing: a warning, no traceback.
    """
    errors = [error for error in _errors_of(record) if isinstance(error, _DATABASE_ERRORS)]
    is_refused_request = record.name.startswith("django.security")
    if not errors and not is_refused_request:
        return record
    fit = copy.copy(record)
    fit.msg, fit.args = _without_rows(record.getMessage(), errors), ()
    fit.exc_info = fit.exc_text = None
    if is_refused_request:
        # Any client can cause as many as it likes; nothing here is broken.
        fit.levelno = min(record.levelno, logging.WARNING)
        fit.levelname = logging.getLevelName(fit.levelno)
    elif record.exc_info:
        fit.exc_text = _without_rows(_traceback(record.exc_info[1]), errors)
    return fit


def _without_rows(text: str, errors: Sequence[BaseException]) -> str:
    for error in errors:
        for quoted in (str(error), str(error).rstrip("\n"), repr(error)):
            if quoted:
                text = text.replace(quoted, _told(error))
    return text


def _told(error: BaseException) -> str:
    """What may be told of a database error: of a refusal its code and constraint only."""
    driver = error if isinstance(error, psycopg2.Error) else error.__cause__
    if isinstance(error, _REFUSALS):
        constraint = getattr(getattr(driver, "diag", None), "constraint_name", None)
        return f"[{getattr(driver, 'pgcode', None)} {constraint or 'no constraint named'}]"
    return str(error).partition("\n")[0]


def _traceback(error: BaseException | None) -> str:
    return "".join(traceback.format_exception(error)).rstrip("\n")


class ConsoleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return super().format(_fit_to_keep(record))


class JSONFormatter(BaseJSONFormatter):
    """timestamp, level, logger, message, request_id, role, pid; EXTRA_FIELDS; exc_info."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(_fit_to_keep(record))

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        log_data["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat(
            timespec="milliseconds"
        )
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.getMessage()
        log_data["request_id"] = getattr(record, "request_id", current_request_id())
        log_data["role"] = getattr(record, "role", _process["role"])
        log_data["pid"] = os.getpid()
        written = record.__dict__
        log_data.update((name, written[name]) for name in EXTRA_FIELDS if name in written)
        for name in ("exc_info", "stack_info"):
            if name in message_dict:
                log_data[name] = message_dict[name]
