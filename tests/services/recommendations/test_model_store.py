import hashlib
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from apps.movies.models import Movie
from apps.recommendations.models import MAX_CHUNK_BYTES, ModelChunk, ModelVersion
from services.recommendations import model_store
from services.recommender.item_model import LOCAL_RIDGE
from services.recommender.served_model import ServedModel

from .conftest import make_ready_model, neighbours_model

pytestmark = pytest.mark.django_db

VALUES = "scorer.base.local_ridge.model.values"


def assert_same_model(model: ServedModel, expected: ServedModel) -> None:
    arrays = model.to_arrays()
    for name, array in expected.to_arrays().items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


def test_a_stored_model_opens_as_it_was(films: list[Movie]) -> None:
    version = make_ready_model(films)

    assert_same_model(model_store.open_model(version), neighbours_model(films))


def test_an_open_model_is_mapped_from_the_hosts_cache(films: list[Movie], cache: Path) -> None:
    model = model_store.open_model(make_ready_model(films))

    assert isinstance(model.links.weights.base, np.memmap)
    assert not model.links.weights.flags.writeable
    assert len(list(cache.rglob(f"{VALUES}.npy"))) == 1
    assert not list(cache.rglob("*.part"))


def test_a_large_array_is_stored_in_checked_chunks(films: list[Movie]) -> None:
    version = make_ready_model(films)
    array = np.random.default_rng(1).integers(0, 255, 2 * MAX_CHUNK_BYTES + 5, dtype=np.uint8)

    facts = model_store.save_arrays(version, {"large": array})["large"]

    chunks = ModelChunk.objects.filter(model_version=version, array="large").order_by("number")
    assert [len(chunk.data) for chunk in chunks] == [MAX_CHUNK_BYTES, MAX_CHUNK_BYTES, 5]
    for chunk in chunks:
        assert chunk.sha256 == hashlib.sha256(chunk.data).hexdigest()
    assert facts["chunks"] == 3
    np.testing.assert_array_equal(model_store.load_array(version.pk, "large", facts), array)


def test_no_second_copy_of_a_large_array_is_in_memory() -> None:
    version = ModelVersion.objects.create()
    array = np.arange(10_000_000, dtype=np.float32)

    tracemalloc.start()
    facts = model_store.save_arrays(version, {"large": array})["large"]
    _, saving = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    read = model_store.load_array(version.pk, "large", facts)
    _, loading = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert saving < array.nbytes
    assert loading < 1.7 * array.nbytes
    np.testing.assert_array_equal(read, array)


def test_saving_an_array_again_replaces_it(films: list[Movie]) -> None:
    version = make_ready_model(films)
    chunks = ModelChunk.objects.count()

    facts = model_store.save_arrays(version, {VALUES: np.zeros(3, np.float32)})[VALUES]

    assert ModelChunk.objects.count() == chunks
    assert model_store.load_array(version.pk, VALUES, facts).tolist() == [0, 0, 0]


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_chunk_is_refused(films: list[Movie], damage: str) -> None:
    version = make_ready_model(films)
    chunk = ModelChunk.objects.filter(model_version=version, array=VALUES)
    if damage == "changed":
        chunk.update(data=b"\0" * len(chunk.get().data))
    else:
        chunk.delete()

    with pytest.raises(model_store.DamagedModelError, match=f"{VALUES} of model"):
        model_store.open_model(version)


@pytest.mark.parametrize("damage", [b"", b"no array at all", None])
def test_a_damaged_file_of_the_cache_is_fetched_again(
    films: list[Movie], cache: Path, damage: bytes | None
) -> None:
    version = make_ready_model(films)
    model_store.open_model(version)
    (path,) = cache.rglob(f"{VALUES}.npy")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\x99" if damage is None else damage)
    model_store.forget_opened()

    assert_same_model(model_store.open_model(version), neighbours_model(films))
    assert path.read_bytes() == whole


def test_a_missing_file_of_the_cache_is_fetched_again(films: list[Movie], cache: Path) -> None:
    version = make_ready_model(films)
    model_store.open_model(version)
    (path,) = cache.rglob("scorer.*.indices.npy")
    path.unlink()
    model_store.forget_opened()

    assert_same_model(model_store.open_model(version), neighbours_model(films))
    assert path.exists()


def test_an_empty_array_is_stored_too(films: list[Movie]) -> None:
    version = make_ready_model(films)

    facts = model_store.save_arrays(version, {"none": np.empty((0, 7), np.int32)})["none"]

    assert facts["chunks"] == 0
    assert model_store.load_array(version.pk, "none", facts).shape == (0, 7)


@pytest.mark.parametrize("array", [np.asarray(0.25), np.asarray("blend"), np.asarray(["ä", "bcd"])])
def test_a_number_and_texts_are_stored_too(films: list[Movie], array: model_store.Array) -> None:
    version = make_ready_model(films)

    facts = model_store.save_arrays(version, {"array": array})["array"]

    loaded = model_store.load_array(version.pk, "array", facts)
    np.testing.assert_array_equal(loaded, array)
    assert loaded.shape == array.shape


def test_a_model_of_another_release_is_refused(films: list[Movie]) -> None:
    version = make_ready_model(films)
    version.kind = LOCAL_RIDGE

    with pytest.raises(model_store.DamagedModelError, match=r"of another release.*local_ridge"):
        model_store.open_model(version)


def test_a_model_of_no_films_opens(db: None) -> None:
    version = make_ready_model([])

    assert model_store.open_model(version).item_ids.size == 0


def test_an_interrupted_write_leaves_no_file(cache: Path) -> None:
    class Unsaveable:
        def __array__(self, *_: object, **__: object) -> np.ndarray:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model_store.save_file(cache / "x.npy", Unsaveable())  # type: ignore[arg-type]

    assert list(cache.iterdir()) == []


def test_only_the_newest_versions_stay_in_the_cache(films: list[Movie], cache: Path) -> None:
    for age in range(model_store.CACHED_VERSIONS + 2):
        model_store.open_model(make_ready_model(films, step=age % 5 + 1))
        for folder in cache.iterdir():
            os.utime(folder, ns=(0, folder.stat().st_mtime_ns - 10**9))

    newest = ModelVersion.objects.order_by("-pk")[: model_store.CACHED_VERSIONS]
    assert {folder.name.split("-")[1] for folder in cache.iterdir()} == {
        str(version.pk) for version in newest
    }


def test_a_folder_that_goes_while_room_is_made_is_no_error(cache: Path) -> None:
    for name in ("model-1", "model-2"):
        (cache / name).mkdir(parents=True)
    (cache / "model-3").symlink_to(cache / "gone")

    model_store.drop_oldest("model-*", keep=[], count=1)

    assert len(list(cache.glob("model-[12]"))) == 1
