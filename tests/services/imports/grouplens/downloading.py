"""One download as the tests do it: no real pauses, everything that was said written down."""

from collections.abc import Callable
from pathlib import Path

from services.imports.grouplens.archives import Archive, fetch_archive
from services.imports.grouplens.data_sets import DATA_SETS, DataSet
from services.imports.grouplens.retrying import Patience
from services.imports.grouplens.transfer import free_bytes

from .server import GroupLens

SMALL = DATA_SETS["small"]


class Watch:
    def __init__(self) -> None:
        self.starts: list[tuple[str, int, int | None]] = []
        self.received = 0
        self.notes: list[str] = []

    def start(self, name: str, *, done: int, total: int | None) -> None:
        self.starts.append((name, done, total))

    def advance(self, size: int) -> None:
        self.received += size

    def note(self, text: str) -> None:
        self.notes.append(text)


class Download:
    """Downloads to one folder; `pauses` holds the seconds it would have slept."""

    def __init__(self, server: GroupLens, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.watch = Watch()
        self.pauses: list[float] = []
        self.consents = 0
        self.patience = Patience(
            attempts=4,
            read_seconds=5,
            sleep=self.pauses.append,
            uniform=lambda _low, high: high,
        )

    def consent(self) -> None:
        self.consents += 1

    def __call__(
        self,
        data_set: DataSet = SMALL,
        *,
        base_url: str | None = None,
        patience: Patience | None = None,
        offline: bool = False,
        free_bytes: Callable[[Path], int] = free_bytes,
    ) -> Archive:
        return fetch_archive(
            data_set,
            base_url=base_url or self.server.url,
            folder=self.folder,
            consent=self.consent,
            watch=self.watch,
            patience=patience or self.patience,
            offline=offline,
            free_bytes=free_bytes,
        )

    @property
    def on_disk(self) -> dict[str, int]:
        """The files and their sizes; the lock, which stays and is empty, is left out."""
        return {
            path.name: path.stat().st_size
            for path in sorted(self.folder.glob("*"))
            if path.suffix != ".lock"
        }

    def part(self, data_set: DataSet = SMALL) -> bytes:
        return (self.folder / f"{data_set.archive}.part").read_bytes()
