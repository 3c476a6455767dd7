"""What an evaluation found, as tables that are as wide as the place for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

# Where nobody says how wide the place is, as in a file.
WIDTH = 100
# What a table takes besides its cells: a blank at either end, two between columns.
_EDGES = 2
_PADDING = 1
_DIVIDER = 1
_UNKNOWN = "-"

SECONDS = {"train s": "train_seconds"}

Row = Mapping[str, str | float]


def rendered(parts: Iterable[RenderableType], *, width: int = WIDTH) -> str:
    """One blank line, never two."""
    console = Console(width=width, force_terminal=False, highlight=False)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    return "\n".join(line for line, next_one in pairwise([*lines, "."]) if line or next_one)


@dataclass(frozen=True)
class ValueTables:
    """A row for each model, and as many tables as the columns need; values have their errors."""

    title: str
    rows: Sequence[Row]
    columns: Sequence[str]
    decimals: int = 4

    def __rich_console__(
        self, _console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        models = ["model", *(str(row["model"]) for row in self.rows)]
        cells = {name: [name, *self._cells(name)] for name in self.columns}
        yield Text(self.title)
        for names in _that_fit(options.max_width - _width(models) - _EDGES, cells):
            yield _table(models, [cells[name] for name in names])

    def _cells(self, name: str) -> Iterator[str]:
        return (_cell(row, name, self.decimals) for row in self.rows)


def _that_fit(room: int, cells: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """The columns in order, as many at once as there is room for."""
    names: list[str] = []
    width = 0
    for name, column in cells.items():
        if names and width + _width(column) > room:
            yield names
            names, width = [], 0
        names.append(name)
        width += _width(column)
    if names:
        yield names


def _width(column: Sequence[str]) -> int:
    return max(map(len, column)) + _PADDING + _DIVIDER


def _table(models: Sequence[str], columns: Sequence[Sequence[str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, _PADDING, 0, 0))
    table.add_column(models[0], no_wrap=True)
    for column in columns:
        table.add_column(column[0], justify="right", no_wrap=True)
    for row in zip(models[1:], *(column[1:] for column in columns), strict=True):
        table.add_row(*row)
    return table


def _cell(row: Row, name: str, decimals: int) -> str:
    """The value, with its standard error where there is one."""
    if name in SECONDS:
        return f"{float(row[SECONDS[name]]):.2f}"
    value, error = float(row.get(name, float("nan"))), float(row.get(f"{name}_se", 0.0))
    shown = number(value, decimals)
    return f"{shown} ±{number(error, decimals)}" if error > 0 else shown


def number(value: float, decimals: int) -> str:
    """A share without its leading zero; of what is larger one decimal less."""
    if isnan(value):
        return _UNKNOWN
    digits = f"{value:.{decimals}f}" if abs(value) < 1 else f"{value:.{decimals - 1}f}"
    return digits.replace("0.", ".", 1) if digits.lstrip("-").startswith("0.") else digits
