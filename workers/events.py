"""What monitors are told about tasks: of their arguments never more than ids.

Flower has many doors (pages, API, search, a worker's running tasks), and most of them show
arguments as they came. So what is nobody's business does not leave the process.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any

from celery.app.events import Events as CeleryEvents
from celery.events.dispatcher import EventDispatcher
from celery.worker.request import Request as CeleryRequest

HIDDEN = "(hidden)"

# Which row was refused: PostgreSQL repeats its values. In a repr the line breaks are escaped.
_ROW_DETAIL = re.compile(r"(?:\n|\\n)DETAIL:.*?(?=\n|\\n|$)")


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
            shown[name] = _ROW_DETAIL.sub("", shown[name])
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
