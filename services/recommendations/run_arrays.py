"""Arrays that a training keeps between its phases, next to those of the model that it becomes."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from apps.recommendations.models import ModelChunk, ModelVersion

from .model_store import load_array, save_arrays


def keep(held: ModelVersion, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Store the arrays, those of the same names anew, on a row that the caller saves."""
    held.arrays = {**held.arrays, **save_arrays(held, arrays)}


def drop_under(held: ModelVersion, prefix: str) -> None:
    """Remove the arrays whose names begin with `prefix` and a dot; the caller saves the row."""
    dropped = [name for name in held.arrays if name.startswith(f"{prefix}.")]
    held.arrays = {name: facts for name, facts in held.arrays.items() if name not in dropped}
    ModelChunk.objects.filter(model_version=held, array__in=dropped).delete()


def keep_only(held: ModelVersion, *names: str) -> None:
    """Remove all other arrays, those of shards too; the caller saves the row."""
    held.arrays = {name: held.arrays[name] for name in names}
    ModelChunk.objects.filter(model_version=held).exclude(array__in=names).delete()


def load(version: ModelVersion, name: str) -> NDArray[Any]:
    return load_array(version.pk, name, version.arrays[name])


def load_under(version: ModelVersion, prefix: str) -> dict[str, NDArray[Any]]:
    """The arrays whose names begin with `prefix` and a dot, without them."""
    return {
        name.removeprefix(f"{prefix}."): load(version, name)
        for name in version.arrays
        if name.startswith(f"{prefix}.")
    }
