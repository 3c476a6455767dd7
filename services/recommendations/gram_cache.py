"""The Gram matrix of a training run: derived from the ratings, kept on the disk of each host.

The plan of it is stored with the run: the films, and the ranges of users. A host without the
matrix sums it up from the same rows in the same order, so that shards that were solved on different
hosts fit together. It does so slice by slice, and what is summed up so far lies on its disk.
"""

import fcntl
import json
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Literal, cast

import numpy as np
from django.conf import settings

from apps.recommendations import actions
from apps.recommendations.models import ModelVersion
from services.leasing import AnyRun, Clock, Lease, LeaseLostError
from services.recommender.arrays import IntArray
from services.recommender.gram import Gram, GramBuilder
from services.recommender.weights import TRAINING

from .loading import UserRange
from .model_store import drop_oldest, save_file
from .rating_ranges import ITEM_IDS, USER_RANGES, Selection, load_ranges, read_block

# The newest on a host; those of open runs stay whatever their number.
CACHED_GRAMS = 2
# Events read at once: some 200 MB while they become a sparse block.
EVENTS_PER_RANGE = 1_000_000
# Between two checkpoints, each of which writes up to 0.8 GB.
RANGES_PER_SLICE = 4
# The sums stay in memory for several slices: to read them back takes as long as to add one.
MESSAGE_TIME = timedelta(seconds=30)
# Half a minute for the host's lock: a message that waited for many others would outlive its limit.
LOCK_TRIES, LOCK_POLL_SECONDS = 150, 0.2

_CHECKPOINT, _PLAN = "checkpoint.json", "plan"
_PIECE = 1 << 23
# The products are mapped, the small arrays are read.
_FILES: Mapping[str, Literal["r"] | None] = MappingProxyType(
    {"item_ids": None, "users": None, "popularity": None, "products": "r"}
)


@dataclass(frozen=True)
class Checkpoint:
    """How many ranges the file holds the sums of, for which plan, and the file's CRC-32."""

    plan: str
    done: int
    file: str
    checksum: int


class HostBusyError(Exception):
    """Another process of this host sums up a matrix, and goes on with it. Nothing was changed."""


@contextmanager
def one_on_this_host(*, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """Wait until no other process of this host sums up a matrix: it takes gigabytes.

    Raises HostBusyError where that takes longer than a message should wait.
    """
    folder = Path(settings.RECOMMENDER_CACHE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "gram.lock").open("wb") as file:
        _lock(file, sleep)
        yield


def find_gram(version: ModelVersion) -> Gram | None:
    """The finished matrix, if this host has it."""
    try:
        return _read_gram(version)
    except (OSError, ValueError, EOFError):
        return None


def sum_up(lease: Lease[AnyRun], version: ModelVersion, *, clock: Clock) -> Iterator[int]:
    """Add users for as long as a message may take; after each checkpoint, how many are in it.

    The caller holds the host's lock. Raises LeaseLostError where nobody waits for it any more.
    """
    until = clock() + MESSAGE_TIME
    for users_done in add_slices(version):
        at = clock()
        if not lease.extend(at=at):
            raise LeaseLostError(f"{version} is no longer summed up for {lease.pk}")
        yield users_done
        if at >= until:
            return


def add_slices(version: ModelVersion) -> Iterator[int]:
    """What is added before each number that is yielded survives this process."""
    ranges = load_ranges(version)
    selection = Selection.of(version)
    done, builder = _resume(version, selection.item_ids)
    while done < len(ranges):
        for first, last, _ in ranges[done : done + RANGES_PER_SLICE].tolist():
            scores = read_block(UserRange(first, last), selection)
            builder.add(scores.weighted(TRAINING).matrix)
        done = min(done + RANGES_PER_SLICE, len(ranges))
        if done == len(ranges):
            _save_gram(version, builder.finish())
        else:
            _save_checkpoint(version, done, builder)
        _make_room()
        yield int(ranges[:done, 2].sum())


def drop(version: ModelVersion) -> None:
    shutil.rmtree(_folder(version), ignore_errors=True)


def _lock(file: BinaryIO, sleep: Callable[[float], None]) -> None:
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(LOCK_POLL_SECONDS)
        else:
            return
    raise HostBusyError


def _make_room() -> None:
    """Runs that are open keep theirs: taking turns they would drop each other's sums for ever."""
    runs = ModelVersion.objects.filter(state__in=actions.OPEN_TRAININGS)
    drop_oldest("gram-*", keep=[_folder(run) for run in runs], count=CACHED_GRAMS)


def _resume(version: ModelVersion, item_ids: IntArray) -> tuple[int, GramBuilder]:
    """What is summed up so far. What does not match its checkpoint is begun anew."""
    _drop_unfinished(_folder(version))
    try:
        checkpoint = Checkpoint(**json.loads((_folder(version) / _CHECKPOINT).read_text()))
        path = _folder(version) / checkpoint.file
        if (checkpoint.plan, checkpoint.checksum) == (_plan(version), _checksum(path)):
            with path.open("rb") as file:
                return checkpoint.done, GramBuilder.load(file, item_ids)
    except (OSError, ValueError, TypeError, EOFError):
        pass
    drop(version)
    return 0, GramBuilder(item_ids)


def _save_checkpoint(version: ModelVersion, done: int, builder: GramBuilder) -> None:
    """First the sums beside those of before, then the word that they count."""
    folder, name = _folder(version), f"sums-{done}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("wb") as file:
        checked = _Checked(file)
        builder.save(cast("BinaryIO", checked))
    checkpoint = Checkpoint(_plan(version), done, name, checked.checksum)
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".part", delete=False) as text:
        json.dump(vars(checkpoint), text)
    Path(text.name).replace(folder / _CHECKPOINT)
    _drop_sums(folder, but=name)


def _drop_unfinished(folder: Path) -> None:
    """What a process was writing when it was killed, up to the size of the matrix each time."""
    for path in folder.glob("*.part"):
        path.unlink(missing_ok=True)


def _drop_sums(folder: Path, *, but: str = "") -> None:
    for path in folder.glob("sums-*"):
        if path.name != but:
            path.unlink(missing_ok=True)


class _Checked:
    """A file to write to that knows the CRC-32 of what was written.

    A checksum and no fsync: of a host that lost its power the sums are merely begun anew.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.checksum = 0

    def write(self, data: bytes) -> int:
        self.checksum = zlib.crc32(data, self.checksum)
        return self._file.write(data)


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            checksum = zlib.crc32(piece, checksum)
    return checksum


def _save_gram(version: ModelVersion, gram: Gram) -> None:
    """The plan comes last: without it the arrays count for nothing."""
    folder = _folder(version)
    (folder / _PLAN).unlink(missing_ok=True)
    for name, array in gram.to_arrays().items():
        save_file(folder / f"{name}.npy", array)
    (folder / _PLAN).write_text(_plan(version))
    (folder / _CHECKPOINT).unlink(missing_ok=True)
    _drop_sums(folder)


def _read_gram(version: ModelVersion) -> Gram:
    """Raises OSError, EOFError or ValueError if the files are not those of the stored plan.

    A run that is surveyed again, after a migration or in a restored database, has another one.
    """
    if (_folder(version) / _PLAN).read_text() != _plan(version):
        raise ValueError("the matrix is one of another plan")
    arrays = {
        name: np.load(_folder(version) / f"{name}.npy", mmap_mode=mode, allow_pickle=False)
        for name, mode in _FILES.items()
    }
    items = arrays["item_ids"].size
    if arrays["products"].shape != (items, items):
        raise ValueError("the matrix does not fit its items")
    return Gram.from_arrays(arrays)


def _plan(version: ModelVersion) -> str:
    """What the sums depend on."""
    parts = [version.arrays[name]["sha256"] for name in (ITEM_IDS, USER_RANGES)]
    watermarks = [version.highest_rating_id, version.highest_favorite_id, RANGES_PER_SLICE]
    return " ".join(map(str, [*parts, *watermarks, *TRAINING.stars]))


def _folder(version: ModelVersion) -> Path:
    """Named by number and birth, so that another database's run of this number is another one."""
    born = version.created_at.strftime("%Y%m%dT%H%M%S%f")
    return Path(settings.RECOMMENDER_CACHE_DIR) / f"gram-{version.pk}-{born}"
