import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.recommender.gram import Gram, GramBuilder, fit_gram

from .matrices import random_interactions, seeds


@given(seeds)
def test_products_are_the_dense_products(seed: int) -> None:
    interactions = random_interactions(seed)
    dense = interactions.matrix.toarray().astype(np.float64)

    gram = fit_gram(interactions)

    np.testing.assert_allclose(gram.products, dense.T @ dense, rtol=1e-5)
    assert gram.users == interactions.user_ids.size
    np.testing.assert_array_equal(gram.item_ids, interactions.item_ids)
    np.testing.assert_allclose(gram.popularity, (dense**2).sum(axis=0), rtol=1e-5)


@given(seeds, st.lists(st.integers(0, 40), max_size=4))
def test_users_may_come_in_any_ranges(seed: int, cuts: list[int]) -> None:
    interactions = random_interactions(seed)
    users = interactions.user_ids.size
    builder = GramBuilder(interactions.item_ids)

    for start, stop in itertools.pairwise(sorted({0, users, *(min(cut, users) for cut in cuts)})):
        builder.add(interactions.matrix[start:stop])
    built = builder.finish()

    whole = fit_gram(interactions)
    np.testing.assert_allclose(built.products, whole.products, rtol=1e-5)
    np.testing.assert_array_equal(built.item_ids, whole.item_ids)
    assert built.users == users


def test_the_catalogue_is_cut_to_the_most_interacted_items() -> None:
    interactions = random_interactions(2)

    gram = fit_gram(interactions, max_items=5)

    assert gram.products.shape == (5, 5)
    np.testing.assert_array_equal(gram.item_ids, interactions.most_interacted(5).item_ids)
    assert gram.popularity.size == 5


def test_a_gram_comes_back_from_memory_mapped_files(tmp_path: Path) -> None:
    written = fit_gram(random_interactions(3))

    for name, array in written.to_arrays().items():
        np.save(tmp_path / name, array)
    read = Gram.from_arrays(
        {name: np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in written.to_arrays()}
    )

    np.testing.assert_array_equal(read.products, written.products)
    np.testing.assert_array_equal(read.item_ids, written.item_ids)
    assert read.users == written.users


@given(seeds, st.integers(0, 40), st.integers(0, 40))
def test_saved_sums_go_on_bit_for_bit(seed: int, first: int, second: int) -> None:
    interactions = random_interactions(seed)
    cuts = sorted({0, first, second, interactions.user_ids.size})
    kept, file = GramBuilder(interactions.item_ids), io.BytesIO()
    resumed = GramBuilder(interactions.item_ids)

    for start, stop in itertools.pairwise(cuts):
        file.seek(0)
        kept.add(interactions.matrix[start:stop])
        kept.save(file)
        file.seek(0)
        resumed = GramBuilder.load(file, interactions.item_ids)

    expected, built = kept.finish(), resumed.finish()
    np.testing.assert_array_equal(built.products, expected.products)
    assert built.users == expected.users


def test_sums_that_are_cut_or_of_other_items_are_refused() -> None:
    interactions = random_interactions(7)
    builder, file = GramBuilder(interactions.item_ids), io.BytesIO()
    builder.add(interactions.matrix)
    builder.save(file)

    with pytest.raises(ValueError, match="belong"):
        GramBuilder.load(io.BytesIO(file.getvalue()), interactions.item_ids[:-1])
    with pytest.raises((ValueError, EOFError)):
        GramBuilder.load(io.BytesIO(file.getvalue()[:-1]), interactions.item_ids)
