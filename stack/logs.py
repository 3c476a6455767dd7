"""Shows and follows the log files of the stack."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError, tail

POLL_SECONDS = 0.3


def find(folder: Path, names: Sequence[str]) -> list[Path]:
    """The logs of these names; all of them, the newest last, for no name."""
    present = {path.stem: path for path in folder.glob("*.log")}
    if unknown := [name for name in names if name not in present]:
        known = ", ".join(sorted(present)) or "none yet"
        raise StackError(f"no log named {', '.join(unknown)}; there are: {known}")
    if names:
        return [present[name] for name in names]
    return sorted(present.values(), key=lambda path: path.stat().st_mtime)


def last_lines(paths: Sequence[Path], *, lines: int) -> Iterator[str]:
    for path in paths:
        for line in tail(path, lines=lines) if lines > 0 else []:
            yield _labelled(path, line, alone=len(paths) == 1)


def follow(paths: Sequence[Path]) -> Iterator[str]:
    """The lines that are added from now on, for ever."""
    files = [_Followed(path, path.stat().st_size) for path in paths]
    return _new_lines(files)


def _new_lines(files: Sequence["_Followed"]) -> Iterator[str]:
    while True:
        for file in files:
            for line in file.new_lines():
                yield _labelled(file.path, line, alone=len(files) == 1)
        time.sleep(POLL_SECONDS)


def _labelled(path: Path, line: str, *, alone: bool) -> str:
    return line if alone else f"{path.stem:<12} {line}"


@dataclass
class _Followed:
    path: Path
    position: int
    rest: str = ""

    def new_lines(self) -> Iterator[str]:
        try:
            with self.path.open("rb") as stream:
                if self.path.stat().st_size < self.position:
                    # The file was rotated: what is here now is new.
                    self.position = 0
                stream.seek(self.position)
                content = stream.read()
                self.position = stream.tell()
        except FileNotFoundError:
            return
        *complete, self.rest = (self.rest + content.decode(errors="replace")).split("\n")
        yield from complete
