"""Reading what a process logged with LOG_FORMAT=json."""

import json
from pathlib import Path
from typing import Any

# What Celery writes past all loggers when it is told to stop.
_FROM_SIGNAL_HANDLERS = ("worker: ", "Restoring")


def parsed(text: str) -> list[dict[str, Any]]:
    """Each line as an object; a line that is none fails the test."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [json.loads(line) for line in lines if not line.startswith(_FROM_SIGNAL_HANDLERS)]


def lines_of(path: Path, **fields: Any) -> list[dict[str, Any]]:
    """The lines that have these fields."""
    return [line for line in parsed(path.read_text()) if fields.items() <= line.items()]
