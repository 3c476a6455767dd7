"""The part of an archive that is on disk so far, with what tells if the rest still fits it."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Self

from requests import Response


@dataclass(frozen=True, kw_only=True, slots=True)
class Notes:
    """What the server said of the file that the part is the beginning of."""

    url: str
    etag: str | None
    last_modified: str | None
    total: int | None

    @classmethod
    def of(cls, response: Response, *, url: str) -> Self:
        length = response.headers.get("Content-Length", "")
        return cls(
            url=url,
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
            total=int(length) if length.isdecimal() else None,
        )

    @property
    def validator(self) -> str | None:
        """What If-Range may carry: a strong ETag or else a date (RFC 9110, section 13.1.5)."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified


class PartialFile:
    """`<archive>.part` and, beside it, `<archive>.part.json` with its notes.

    The part is emptied before other notes are written, so notes never vouch for bytes of
    another file, wherever the process is killed.
    """

    def __init__(self, archive: Path) -> None:
        self.path = archive.with_name(f"{archive.name}.part")
        self._notes_path = archive.with_name(f"{archive.name}.part.json")

    @property
    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def notes(self, *, url: str) -> Notes | None:
        """None if nothing can be appended: no bytes, or not known to be those of `url`."""
        try:
            notes = Notes(**json.loads(self._notes_path.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        fits = notes.url == url and notes.validator is not None
        return notes if fits and self.size else None

    def begin(self, notes: Notes) -> None:
        """Empty the part; the bytes that follow are those of the file of these notes."""
        with self.path.open("wb"):
            pass
        draft = self._notes_path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(notes)))
        draft.replace(self._notes_path)

    def open_end(self) -> BinaryIO:
        return self.path.open("ab")

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._notes_path.unlink(missing_ok=True)

    def rename_to(self, archive: Path) -> None:
        """Give the complete file its name, in one step, once all of it is on the disk."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.path.replace(archive)
        _sync_folder(archive.parent)
        self._notes_path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    # Some network file systems cannot do it; the file itself is safe all the same.
    with suppress(OSError):
        os.fsync(descriptor)
    os.close(descriptor)
