"""What the stack tells the person at the terminal when it cannot go on."""

from pathlib import Path


class StackError(Exception):
    """A failure with a one-line reason, and the log that shows more of it, if there is one."""

    def __init__(self, message: str, *, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log


def tail(path: Path, *, lines: int = 40) -> list[str]:
    """The last lines of a log; a missing file has none. Reads at most its last 64 KiB."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - 65_536))
            text = stream.read().decode(errors="replace")
    except OSError:
        return []
    return text.splitlines()[-lines:]
