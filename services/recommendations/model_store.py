"""Model arrays: in PostgreSQL as checked chunks, on each host as files, in processes as maps."""

import hashlib
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from apps.recommendations.models import MAX_CHUNK_BYTES, ModelChunk, ModelVersion
from services.recommender.served_model import ServedModel

OPEN_MODELS = 2
CACHED_VERSIONS = 4
_KIND = "kind"

Array = NDArray[Any]

# Models this process has open, the one used last at the end.
_opened: OrderedDict[str, ServedModel] = OrderedDict()


class ArrayFacts(TypedDict):
    dtype: str
    shape: list[int]
    sha256: str
    chunks: int


class DamagedModelError(Exception):
    """Chunks are missing or differ from their checksums. A retry does not heal it."""


def save_arrays(version: ModelVersion, arrays: Mapping[str, Array]) -> dict[str, ArrayFacts]:
    """Store arrays in chunks, replacing those of the same names, and return their description."""
    return {name: _save_array(version, name, array) for name, array in arrays.items()}


def load_array(version_id: int, name: str, facts: ArrayFacts) -> Array:
    """The stored array. Raises DamagedModelError."""
    array = np.empty(facts["shape"], facts["dtype"])
    room, digest = _bytes_of(array), hashlib.sha256()
    filled = chunks = 0
    for number, sha256, data in _read_chunks(version_id, name):
        if number != chunks or hashlib.sha256(data).hexdigest() != sha256:
            raise DamagedModelError(f"chunk {number} of {name} of model {version_id} is damaged")
        digest.update(data)
        if filled + len(data) <= room.size:
            room[filled : filled + len(data)] = np.frombuffer(data, np.uint8)
        filled, chunks = filled + len(data), chunks + 1
    if (filled, chunks) != (room.size, facts["chunks"]) or digest.hexdigest() != facts["sha256"]:
        raise DamagedModelError(f"{name} of model {version_id} is damaged")
    return array


def save_model(version: ModelVersion, model: ServedModel) -> None:
    """Store the model's arrays and describe them on `version`, which the caller saves."""
    arrays = {name: array for name, array in model.to_arrays().items() if name != _KIND}
    version.kind = model.kind
    version.item_count = model.item_ids.size
    version.unrated_item_count = int((model.films.events == 0).sum())
    version.arrays = save_arrays(version, arrays)
    ModelChunk.objects.filter(model_version=version).exclude(array__in=arrays).delete()


def open_model(version: ModelVersion) -> ServedModel:
    """The model over memory-mapped files of this host's cache, fetched and checked if need be.

    Only `pk`, `kind` and `arrays` of `version` are read. Raises DamagedModelError.
    """
    key = _cache_key(version.pk, version.arrays)
    if key not in _opened:
        _opened[key] = _open(version, Path(settings.RECOMMENDER_CACHE_DIR) / key)
        while len(_opened) > OPEN_MODELS:
            _opened.popitem(last=False)
    _opened.move_to_end(key)
    return _opened[key]


def _open(version: ModelVersion, folder: Path) -> ServedModel:
    arrays = {
        name: _map_array(folder, version.pk, name, facts) for name, facts in version.arrays.items()
    }
    try:
        return ServedModel.from_arrays({**arrays, _KIND: np.asarray(version.kind)})
    except (KeyError, ValueError) as error:
        raise DamagedModelError(f"model {version.pk} is of another release: {error}") from error


def forget_opened() -> None:
    """Open models anew from the files from here on."""
    _opened.clear()


def save_file(path: Path, array: Array) -> None:
    """Write an .npy file so that a reader sees all of it or nothing, also after a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def drop_oldest(pattern: str, *, keep: Collection[Path], count: int) -> None:
    """Leave the newest `count` folders and `keep`; who still maps a file keeps its pages."""
    folders = Path(settings.RECOMMENDER_CACHE_DIR).glob(pattern)
    for folder in sorted(folders, key=_changed_at)[:-count]:
        if folder not in keep:
            shutil.rmtree(folder, ignore_errors=True)


def _changed_at(folder: Path) -> float:
    """Long ago where another process has removed it meanwhile."""
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _save_array(version: ModelVersion, name: str, array: Array) -> ArrayFacts:
    data = _bytes_of(array)
    starts = range(0, data.size, MAX_CHUNK_BYTES)
    ModelChunk.objects.filter(model_version=version, array=name).delete()
    for number, start in enumerate(starts):
        piece = data[start : start + MAX_CHUNK_BYTES].tobytes()
        ModelChunk.objects.create(
            model_version=version,
            array=name,
            number=number,
            sha256=hashlib.sha256(piece).hexdigest(),
            data=piece,
        )
    return {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "sha256": hashlib.sha256(data.data).hexdigest(),
        "chunks": len(starts),
    }


def _bytes_of(array: Array) -> NDArray[np.uint8]:
    """uint8[bytes] over the same memory, if it is contiguous."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def _read_chunks(version_id: int, name: str) -> Iterator[tuple[int, str, bytes | memoryview]]:
    """One at a time: an array takes up to hundreds of megabytes."""
    rows = ModelChunk.objects.filter(model_version_id=version_id, array=name).order_by("number")
    return rows.values_list("number", "sha256", "data").iterator(1)


def _map_array(folder: Path, version_id: int, name: str, facts: ArrayFacts) -> Array:
    path = folder / f"{name}.npy"
    array = _map_file(path, facts)
    if array is None:
        save_file(path, load_array(version_id, name, facts))
        drop_oldest("model-*", keep=[folder], count=CACHED_VERSIONS)
        array = _map_file(path, facts)
    if array is None:
        raise DamagedModelError(f"{path} cannot be read back")
    return array


def _map_file(path: Path, facts: ArrayFacts) -> Array | None:
    """The file's array if it is what `facts` describe."""
    try:
        array: Array = np.load(path, mmap_mode="r" if facts["chunks"] else None, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if array.dtype.str != facts["dtype"] or list(array.shape) != facts["shape"]:
        return None
    return array if hashlib.sha256(array.data).hexdigest() == facts["sha256"] else None


def _cache_key(version_id: int, arrays: Mapping[str, ArrayFacts]) -> str:
    content = "".join(arrays[name]["sha256"] for name in sorted(arrays))
    return f"model-{version_id}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
