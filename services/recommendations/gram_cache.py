"""The Gram matrix of a training run: derived from the ratings, kept on the disk of each host.

The item axis is stored with the run. So a host without the file computes a matrix of the same
items, and blocks that were solved on different hosts fit together.
"""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
import scipy.sparse as sp
from django.conf import settings

from apps.recommendations.models import ModelVersion
from services.recommender.arrays import IntArray
from services.recommender.gram import Gram, fit_gram
from services.recommender.interactions import Interactions

from .model_store import Array, drop_oldest, load_array, save_file
from .training_data import read_training_data

# A run in progress, and one that may go on after it.
CACHED_GRAMS = 2

_AXIS = ("item_ids", "popularity")
# The products are mapped, the small arrays are read.
_FILES: Mapping[str, Literal["r"] | None] = MappingProxyType(
    {"item_ids": None, "users": None, "popularity": None, "products": "r"}
)


def fit(version: ModelVersion, interactions: Interactions) -> Gram:
    """Compute the matrix and keep it in this host's cache.

    Runs that were cancelled, failed or finished elsewhere leave theirs here; the oldest go.
    """
    gram = fit_gram(interactions)
    folder = _folder(version)
    for name, array in gram.to_arrays().items():
        save_file(folder / f"{name}.npy", array)
    drop_oldest("gram-*", keep=folder, count=CACHED_GRAMS)
    return gram


def item_axis(gram: Gram) -> dict[str, Array]:
    """What the database keeps of the matrix until the run is done."""
    return {name: gram.to_arrays()[name] for name in _AXIS}


def read_axis(version: ModelVersion) -> Gram:
    """The stored item axis as a matrix without products."""
    axis = {name: load_array(version.pk, name, version.arrays[name]) for name in _AXIS}
    return Gram(
        axis["item_ids"], version.user_count, np.empty((0, 0), np.float32), axis["popularity"]
    )


def open_gram(version: ModelVersion) -> Gram:
    """The matrix from this host's cache, or computed anew for the stored items."""
    try:
        return _read_gram(version)
    except (OSError, ValueError, EOFError):
        data = read_training_data(with_simulated=version.simulated_user_count > 0)
        return fit(version, on_items(data.to_interactions(), read_axis(version).item_ids))


def _read_gram(version: ModelVersion) -> Gram:
    """Raises OSError, EOFError or ValueError if the files are not those of the stored items.

    A worker that lost its lease may have written a matrix of other items meanwhile.
    """
    arrays = {
        name: np.load(_folder(version) / f"{name}.npy", mmap_mode=mode, allow_pickle=False)
        for name, mode in _FILES.items()
    }
    items = arrays["item_ids"]
    if hashlib.sha256(items.tobytes()).hexdigest() != version.arrays["item_ids"]["sha256"]:
        raise ValueError("the matrix is one of other items")
    if arrays["products"].shape != (items.size, items.size):
        raise ValueError("the matrix does not fit its items")
    return Gram.from_arrays(arrays)


def on_items(interactions: Interactions, item_ids: IntArray) -> Interactions:
    """The same users with exactly these items as columns, empty where nobody rated one."""
    columns = np.minimum(np.searchsorted(item_ids, interactions.item_ids), item_ids.size - 1)
    kept = np.flatnonzero(item_ids[columns] == interactions.item_ids)
    shape = (interactions.item_ids.size, item_ids.size)
    ones = np.ones(kept.size, np.float32)
    selection = sp.csr_array((ones, (kept, columns[kept])), shape=shape)
    matrix = sp.csr_array(interactions.matrix @ selection)
    return Interactions(interactions.user_ids, item_ids, matrix)


def drop(version: ModelVersion) -> None:
    shutil.rmtree(_folder(version), ignore_errors=True)


def _folder(version: ModelVersion) -> Path:
    """Named by number and birth, so that another database's run of this number is another one."""
    born = version.created_at.strftime("%Y%m%dT%H%M%S%f")
    return Path(settings.RECOMMENDER_CACHE_DIR) / f"gram-{version.pk}-{born}"
