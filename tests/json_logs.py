"""Reading what a process logged with LOG_FORMAT=json."""

import json
from pathlib import Path
from typing import Any


def parsed(text: str) -> list[dict[str, Any]]:
    """Each line as an object; a line that is none fails the test."""
    return [json.loads(line) for line in text.splitlines()]


def lines_of(path: Path, **fields: Any) -> list[dict[str, Any]]:
    """The lines that have these fields."""
    return [line for line in parsed(path.read_text()) if fields.items() <= line.items()]
