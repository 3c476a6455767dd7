"""Measurements as tables for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

# As wide as the widest table, also where nobody's terminal tells a width.
_CONSOLE = Console(highlight=False, width=160)


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, show_header=any(columns), min_width=40
    )
    for name in columns:
        table.add_column(name, justify="right" if table.columns else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    _CONSOLE.print(table)


def show_facts(title: str, facts: Mapping[str, Any]) -> None:
    rows = (
        (name, f"{value:,}" if isinstance(value, int) else str(value))
        for name, value in facts.items()
    )
    show(title, ("", ""), rows)


def share(value: float) -> str:
    return f"{value:.4f}".removeprefix("0")
