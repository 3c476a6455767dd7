"""What the commands print."""

import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stack.errors import StackError, tail
from stack.lifecycle import Outcome
from stack.state import Folder, ServerInfo, State
from stack.supervision import Status

MINUTE = 60
HOUR = 3600
WIDTH_OF_FILES = 120


def console(*, stderr: bool = False) -> Console:
    # Output that goes into a file keeps its lines whole.
    width = None if sys.stdout.isatty() else WIDTH_OF_FILES
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=not sys.stdout.isatty())


def print_outcome(out: Console, outcome: Outcome, folder: Folder) -> None:
    state = outcome.state
    title = "Nexus was already running" if outcome.was_running else "Nexus is running"
    table = Table(
        title=f"{title} ({outcome.seconds:.1f} s)", show_header=False, title_justify="left"
    )
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in _facts(state, folder):
        table.add_row(label, Text(text))
    out.print(table)
    out.print("Next: make tour, make status, make logs, make down, make help", soft_wrap=True)


def _facts(state: State, folder: Folder) -> list[tuple[str, str]]:
    urls = state.to_json()
    return [
        ("API", urls["api_url"]),
        ("Documentation", urls["docs_url"]),
        ("Admin", f"{urls['admin_url']}  as {state.admin.name}"),
        ("Health, metrics", f"{urls['health_url']}  {urls['metrics_url']}"),
        ("Push (streams)", urls["push_url"]),
        ("Flower (queues)", f"{urls['flower_url']}  as {state.flower.name}"),
        ("Passwords, URLs", f"{shown(folder.state_file)} (readable for you only)"),
        ("PostgreSQL", _server(state.postgres)),
        ("Redis protocol", _server(state.redis)),
        *([("TMDb", _tmdb(state))] if state.tmdb else []),
        ("Data", ", ".join(_data_folders(state)) or "with the servers you named"),
        ("Logs", str(shown(folder.logs))),
    ]


def _server(info: ServerInfo | None) -> str:
    return f"{info.version}, {info.why}" if info else "none"


def _tmdb(state: State) -> str:
    titles = state.tmdb.catalogue if state.tmdb else ""
    return f"a stand-in at {state.tmdb_url}, with the titles of {titles or 'the starter set'}"


def _data_folders(state: State) -> list[str]:
    return [
        str(shown(Path(info.data))) for info in (state.postgres, state.redis) if info and info.data
    ]


def shown(path: Path) -> Path:
    """Relative to the working directory where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def print_statuses(out: Console, statuses: Mapping[str, Status]) -> None:
    table = Table(box=None, pad_edge=False)
    for header in ("Process", "State", "Process id", "Up for", "Restarts"):
        table.add_column(header)
    for status in statuses.values():
        pid = str(status.pid) if status.pid else ""
        uptime = duration(status.uptime_seconds) if status.state == "RUNNING" else ""
        table.add_row(status.name, status.state.lower(), pid, uptime, str(status.restarts))
    out.print(table)


def duration(seconds: int) -> str:
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min {seconds % MINUTE} s"
    return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min"


def print_error(out: Console, error: StackError) -> None:
    if error.log and (lines := tail(error.log)):
        out.print(Text(f"Last lines of {shown(error.log)}:", style="bold"))
        for line in lines:
            out.print(Text(f"  {line}"))
    out.print(Text(f"Error: {error}", style="bold red"))
