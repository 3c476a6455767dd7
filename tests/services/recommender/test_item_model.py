from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from services.recommender.item_model import ItemModel
from services.recommender.weights import FOLD_IN

from .audiences import random_viewers
from .matrices import dense_weights, random_model


def memory_mapped(model: ItemModel, folder: Path) -> dict[str, NDArray[np.generic]]:
    for name, array in model.to_arrays().items():
        np.save(folder / name, array)
    return {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in model.to_arrays()}


def test_a_model_comes_back_from_memory_maps_as_it_was(tmp_path: Path) -> None:
    model = random_model(1)

    read = ItemModel.from_arrays(memory_mapped(model, tmp_path))

    assert read.kind == model.kind
    for name, array in model.to_arrays().items():
        np.testing.assert_array_equal(read.to_arrays()[name], array)


def test_scoring_works_on_the_mapped_memory_itself(tmp_path: Path) -> None:
    model = random_model(2)
    mapped = memory_mapped(model, tmp_path)

    read = ItemModel.from_arrays(mapped)
    viewers = random_viewers(5, items=model.item_ids.size)

    np.testing.assert_array_equal(read.scores(viewers), model.scores(viewers))
    assert np.shares_memory(read.matrix.data, mapped["values"])
    assert np.shares_memory(read.matrix.indices, mapped["indices"])
    assert not read.matrix.data.flags.writeable


def test_scores_are_the_sum_of_weight_times_b() -> None:
    model = random_model(3)
    viewers = random_viewers(3, items=model.item_ids.size)

    expected = viewers.weighted(FOLD_IN).toarray() @ dense_weights(model)
    np.testing.assert_allclose(model.scores(viewers), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["item_ids", "indptr", "indices", "values", "popularity"])
def test_arrays_that_do_not_fit_together_are_refused(name: str) -> None:
    arrays = random_model(1).to_arrays()

    with pytest.raises(ValueError, match="indptr"):
        ItemModel.from_arrays({**arrays, name: arrays[name][:-1]})


def test_a_missing_array_is_an_error() -> None:
    arrays = random_model(1).to_arrays()
    del arrays["values"]

    with pytest.raises(KeyError, match="values"):
        ItemModel.from_arrays(arrays)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="oracle"):
        replace(random_model(1), kind="oracle")
