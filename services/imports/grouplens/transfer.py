"""The bytes of one archive, fetched over as many connections as it takes."""

import re
import shutil
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from requests import Response

from .client import CHUNK_BYTES, Client
from .errors import DownloadError, DownloadUnfinishedError, PassingFailureError
from .partial import Notes, PartialFile
from .retrying import Patience, retry

# Four times the largest archive so far. A server that has lost its way must not fill the disk.
MAX_ARCHIVE_BYTES = 1024**3
# What a download leaves free for everybody else on the disk.
RESERVE_BYTES = 64 * 1024**2

_ANSWERS = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_UNSATISFIED_RANGE = re.compile(r"bytes \*/(\d+)")


class DownloadProgress(Protocol):
    """Whoever watches a download. `start` may come again, when another connection goes on."""

    def start(self, name: str, *, done: int, total: int | None) -> None: ...
    def advance(self, size: int) -> None: ...
    def note(self, text: str) -> None: ...


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Transfer:
    """Brings a part to the full length of the file at `url`."""

    def __init__(
        self,
        *,
        client: Client,
        url: str,
        part: PartialFile,
        watch: DownloadProgress,
        free_bytes: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._client = client
        self._url = url
        self._part = part
        self._watch = watch
        self._free_bytes = free_bytes

    def run(self, patience: Patience) -> None:
        """Fetch what is missing.

        Raises:
            DownloadUnfinishedError: the server is away or the disk is full; the part stays.
            DownloadError: the server has no such file, or one that cannot be it.
        """
        retry(
            self._attempt,
            patience=patience,
            note=self._watch.note,
            reached=lambda: self._part.size,
        )

    def _attempt(self) -> None:
        notes = self._part.notes(url=self._url)
        if notes and notes.total == self._part.size:
            return
        headers = _continuation(self._part.size, notes)
        with self._client.get(self._url, headers=headers, accept=_ANSWERS) as response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                self._end_of_range(response)
            elif response.status_code == HTTPStatus.PARTIAL_CONTENT:
                self._append(response, self._continued(response, notes))
            else:
                self._append(response, self._begun(response))

    def _end_of_range(self, response: Response) -> None:
        """Nothing lies beyond the part: it is complete, or it belongs to a longer file."""
        match = _UNSATISFIED_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or int(match[1]) != self._part.size:
            self._start_over("has no bytes beyond those that are here")

    def _continued(self, response: Response, notes: Notes | None) -> Notes:
        """The notes, if these are the bytes that were asked for, of the file they were of."""
        if notes is None:
            raise DownloadError(f"{self._url} is sent in part, which was not asked for")
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or int(match[1]) != self._part.size:
            self._start_over("sends other bytes than it was asked for")
        known = {match[3], str(notes.total)} - {"*", str(None)} if match else set()
        etags = {notes.etag, response.headers.get("ETag")} - {None}
        if len(known) > 1 or len(etags) > 1:
            self._start_over("goes on with another file")
        return notes

    def _begun(self, response: Response) -> Notes:
        """A file from its start: the first request, a changed file, or no ranges there."""
        if self._part.size:
            self._watch.note("The server sends the archive from the start again.")
        notes = Notes.of(response, url=self._url)
        if notes.total is not None:
            self._refuse_size(notes.total)
        self._part.begin(notes)
        return notes

    def _append(self, response: Response, notes: Notes) -> None:
        size = self._part.size
        self._refuse_full_disk((notes.total or size) - size)
        self._watch.start(self._part.path.stem, done=size, total=notes.total)
        with self._part.open_end() as file:
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
                size += len(chunk)
                self._refuse_size(size)
                self._watch.advance(len(chunk))
        if notes.total is not None and size > notes.total:
            self._start_over("sends more bytes than the file has")
        if notes.total is not None and size < notes.total:
            raise PassingFailureError("The server broke the transfer off")

    def _start_over(self, what: str) -> None:
        self._part.discard()
        raise PassingFailureError(f"The server {what}; starting over")

    def _refuse_size(self, size: int) -> None:
        if size > MAX_ARCHIVE_BYTES:
            self._part.discard()
            raise DownloadError(f"{self._url} is larger than {MAX_ARCHIVE_BYTES:,} bytes")

    def _refuse_full_disk(self, needed: int) -> None:
        folder = self._part.path.parent
        free = self._free_bytes(folder)
        if free < needed + RESERVE_BYTES:
            raise DownloadUnfinishedError(
                f"{folder} has {free / 1e6:,.0f} MB free; the download needs {needed / 1e6:,.0f} MB"
                f" and leaves {RESERVE_BYTES / 1e6:,.0f} MB"
            )


def _continuation(size: int, notes: Notes | None) -> dict[str, str]:
    """Ask for the rest, but for all of it if the file is no longer the one begun with."""
    if notes is None or notes.validator is None:
        return {}
    return {"Range": f"bytes={size}-", "If-Range": notes.validator}
