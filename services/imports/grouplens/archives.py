"""MovieLens archives from GroupLens: fetched once, verified by the sum published beside them.

Of the libraries that fetch and verify files, pooch comes nearest, but its HTTP downloader opens
the target anew (`"w+b"`) and asks for no range, so a cut of 260 MB starts over; and it wants the
sums in the code, where ours are those that GroupLens publishes at the time.
"""

import errno
import fcntl
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path, PurePosixPath

from .checksums import md5_of, parse_md5, render_md5
from .client import Client
from .data_sets import DataSet
from .errors import DownloadError, DownloadUnfinishedError
from .partial import PartialFile
from .retrying import Patience, retry
from .transfer import DownloadProgress, Transfer, free_bytes

MAX_CHECKSUM_BYTES = 4096
# Enough for a server that stumbles, when the archive is here and only its sum is asked for.
ATTEMPTS_BEFORE_KEEPING = 2


class Outcome(Enum):
    DOWNLOADED = "downloaded and verified"
    KNOWN = "already here, and still the published one"
    UNCHECKED = "already here, intact by the sum it was verified with; not compared anew"


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A verified archive on disk."""

    path: Path
    md5: str
    outcome: Outcome

    def readme(self) -> str | None:
        """The member that holds the licence and explains the files."""
        if not zipfile.is_zipfile(self.path):
            return None
        with zipfile.ZipFile(self.path) as archive:
            names = archive.namelist()
        return next((name for name in names if _is_readme(name)), None)


def fetch_archive(
    data_set: DataSet,
    *,
    base_url: str,
    folder: Path,
    consent: Callable[[], None],
    watch: DownloadProgress,
    patience: Patience | None = None,
    offline: bool = False,
    free_bytes: Callable[[Path], int] = free_bytes,
) -> Archive:
    """The verified archive of a data set, downloaded to `folder` unless it is there already.

    `consent` is called before anything is downloaded and raises what it likes where the licence
    is not accepted. `offline` makes no request. A break leaves `<archive>.part`, from which the
    next call goes on; only a file with the published sum gets the archive's name.

    Raises:
        DownloadUnfinishedError: the server is away, the disk is full or another run is at it.
        DownloadError: there is no such archive, or none that has the published sum.
    """
    shelf = _Shelf(data_set, base_url=base_url, folder=folder, watch=watch)
    if offline:
        return shelf.unchecked()
    if not shelf.path.exists():
        consent()
    with _disk_failures_named(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _only_run(folder / f"{data_set.archive}.lock", data_set):
            return shelf.fetch(patience or Patience(), consent=consent, free_bytes=free_bytes)


class _Shelf:
    """One archive's place on disk and its address."""

    def __init__(
        self, data_set: DataSet, *, base_url: str, folder: Path, watch: DownloadProgress
    ) -> None:
        self._archive = data_set.archive
        self._url = f"{base_url.rstrip('/')}/{data_set.archive}"
        self._watch = watch
        self.path = folder / data_set.archive
        self._sum_path = folder / f"{data_set.archive}.md5"
        self._part = PartialFile(self.path)

    def unchecked(self) -> Archive:
        recorded = self._recorded_sum()
        if not self.path.exists() or recorded is None:
            raise DownloadError(f"No verified {self._archive} is in {self.path.parent}")
        if md5_of(self.path) != recorded:
            raise DownloadError(f"{self.path} was damaged since its sum, {recorded}, was verified")
        return Archive(path=self.path, md5=recorded, outcome=Outcome.UNCHECKED)

    def fetch(
        self,
        patience: Patience,
        *,
        consent: Callable[[], None],
        free_bytes: Callable[[Path], int],
    ) -> Archive:
        client = Client(patience)
        if self.path.exists():
            known = self._known(client, patience)
            if known is not None:
                return known
            consent()
        published = self._published_sum(client, patience)
        transfer = Transfer(
            client=client, url=self._url, part=self._part, watch=self._watch, free_bytes=free_bytes
        )
        transfer.run(patience)
        self._refuse_damage(published, client, patience)
        return self._shelved(md5_of(self._part.path))

    def _known(self, client: Client, patience: Patience) -> Archive | None:
        """The archive that is here, if it is the published one or the server cannot tell."""
        quick = replace(patience, attempts=min(patience.attempts, ATTEMPTS_BEFORE_KEEPING))
        try:
            published = self._published_sum(client, quick)
        except DownloadUnfinishedError as error:
            if self._recorded_sum() is None:
                raise
            self._watch.note(f"The published sum cannot be read. {error}.")
            return self.unchecked()
        if md5_of(self.path) == published:
            self._record(published)
            return Archive(path=self.path, md5=published, outcome=Outcome.KNOWN)
        self._watch.note(f"{self.path} is not, or no longer, what is published ({published}).")
        return None

    def _published_sum(self, client: Client, patience: Patience) -> str:
        try:
            text = retry(
                lambda: client.read_text(f"{self._url}.md5", limit=MAX_CHECKSUM_BYTES),
                patience=patience,
                note=self._watch.note,
            )
            return parse_md5(text, archive=self._archive)
        except DownloadUnfinishedError:
            raise
        except DownloadError as error:
            message = f"Without its published sum {self._archive} is of no use: {error}"
            raise DownloadError(message) from error

    def _refuse_damage(self, published: str, client: Client, patience: Patience) -> None:
        found = md5_of(self._part.path)
        if found == published:
            return
        # The archive may have been replaced, with its sum, since the sum was read.
        published = self._published_sum(client, patience)
        if found != published:
            self._part.discard()
            raise DownloadError(
                f"{self._url} is damaged or its sum is wrong, and was removed:"
                f" its MD5 is {found}, published is {published}"
            )

    def _shelved(self, md5: str) -> Archive:
        self._part.rename_to(self.path)
        self._record(md5)
        return Archive(path=self.path, md5=md5, outcome=Outcome.DOWNLOADED)

    def _record(self, md5: str) -> None:
        self._sum_path.write_text(render_md5(md5, archive=self._archive))

    def _recorded_sum(self) -> str | None:
        try:
            return parse_md5(self._sum_path.read_text(errors="replace"), archive=self._archive)
        except (OSError, DownloadError):
            return None


@contextmanager
def _only_run(path: Path, data_set: DataSet) -> Iterator[None]:
    """Hold the archive's lock; the kernel lets go of it when the process ends in any way."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Another run is downloading {data_set.archive} to {path.parent}"
            raise DownloadUnfinishedError(message) from None
        yield


@contextmanager
def _disk_failures_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            message = f"The disk of {folder} is full"
            raise DownloadUnfinishedError(message) from error
        raise DownloadError(f"{folder} cannot be used: {error}") from error


def _is_readme(name: str) -> bool:
    return PurePosixPath(name).stem.lower() == "readme"
