"""What monitors are told about tasks: of their arguments never more than ids.

Flower has many doors (pages, API, search, a worker's running tasks), and most of them show
arguments as they came. So what is nobody's business does not leave the process.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg2.errors
from celery.app.events import Events as CeleryEvents
from celery.events.dispatcher import EventDispatcher
from celery.worker.request import Request as CeleryRequest

HIDDEN = "(hidden)"


def _names_below(base: type) -> Iterator[str]:
    yield base.__name__
    for found in base.__subclasses__():
        yield from _names_below(found)


# As in apps/core/logs.py, but here all is text already. PostgreSQL's words for a refused row
# repeat its values, over any number of lines, which are escaped in a repr.
_INTEGRITY = "|".join(_names_below(psycopg2.IntegrityError))
_DATA = "|".join(_names_below(psycopg2.DataError))
_REFUSAL = re.compile(rf"\b(?:(?P<integrity>{_INTEGRITY})|{_DATA})(?=[(:])")
_CONSTRAINT = re.compile(r'[^\n\\]*? constraint "(\w+)"')
_ROWS = re.compile(r"(?s)(?:\n|\\n)\s*(?:DETAIL|LINE \d+|CONTEXT)\b.*")
# Between the errors of a traceback, of which one led to the next.
_NEXT_ERROR = re.compile(
    r"(\n\n(?:The above exception was the direct cause of the following exception"
    r"|During handling of the above exception, another exception occurred):\n\n)"
)


def ids_only(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The same names; values only of numbers that are called an id."""
    return {
        name: value if name.endswith("_id") and isinstance(value, int) else HIDDEN
        for name, value in arguments.items()
    }


def _ids_only_repr(text: str) -> str:
    """The same for the repr of keyword arguments, as events carry them."""
    try:
        arguments = ast.literal_eval(text)
    except (ValueError, SyntaxError):  # such as one cut off for its length
        return HIDDEN
    return repr(ids_only(arguments)) if isinstance(arguments, dict) else HIDDEN


def _without_rows(text: str) -> str:
    return "".join(_error_without_rows(part) for part in _NEXT_ERROR.split(text))


def _error_without_rows(text: str) -> str:
    """Of a refusal its class and constraint only, of other errors nothing that quotes a row."""
    refusal = _REFUSAL.search(text)
    if not refusal:
        return _ROWS.sub("", text)
    named = _CONSTRAINT.match(text, refusal.end()) if refusal["integrity"] else None
    return text[: refusal.end()] + (f" [{named[1]}]" if named else "")


def without_personal_data(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event as monitors may see them."""
    shown = dict(fields)
    if shown.get("args"):
        shown["args"] = "()" if shown["args"] in ("()", "[]") else HIDDEN
    if shown.get("kwargs"):
        shown["kwargs"] = _ids_only_repr(shown["kwargs"])
    if shown.get("result") not in (None, "None"):
        shown["result"] = HIDDEN
    for name in ("exception", "traceback"):
        if isinstance(shown.get(name), str):
            shown[name] = _without_rows(shown[name])
    return shown


class Dispatcher(EventDispatcher):
    def publish(self, type: str, fields: dict[str, Any], *args: Any, **options: Any) -> None:  # noqa: A002  # Celery's name
        super().publish(type, without_personal_data(fields), *args, **options)

    def send(self, type: str, *args: Any, **fields: Any) -> None:  # noqa: A002  # Celery's name
        super().send(type, *args, **without_personal_data(fields))


class Events(CeleryEvents):
    dispatcher_cls = "workers.events:Dispatcher"


class Request(CeleryRequest):
    def info(self, safe: bool = False) -> Any:  # noqa: FBT001, FBT002  # Celery's signature
        """What a worker answers when it is asked for its tasks."""
        told: Mapping[str, Any] = super().info(safe=safe)
        arguments = told["kwargs"]
        shown = ids_only(arguments) if isinstance(arguments, Mapping) else HIDDEN
        return {**told, "args": HIDDEN if told["args"] else [], "kwargs": shown}
