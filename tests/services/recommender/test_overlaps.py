import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from services.recommender.overlaps import Overlaps

from .audiences import random_grades
from .matrices import seeds


@settings(max_examples=50)
@given(seeds, st.floats(0, 1))
def test_products_are_those_of_the_dense_matrices(seed: int, filled: float) -> None:
    matrix, left = random_grades(seed, filled=filled), random_grades(seed + 1, users=4)

    product = Overlaps.with_rows_of(matrix)(left)

    np.testing.assert_array_equal(product, left.toarray() @ matrix.toarray().T)


def test_full_columns_are_dense_and_others_sparse() -> None:
    matrix = sp.csr_array(np.eye(100, 3, dtype=np.float32))
    matrix = sp.csr_array(matrix + sp.csr_array(np.outer(np.ones(100), [0, 1, 0])))

    overlaps = Overlaps.with_rows_of(sp.csr_array(matrix.astype(np.float32)))

    assert overlaps.full.tolist() == [1]
    assert overlaps.dense.shape == (1, 100)
    assert overlaps.rest.nnz == 2


def test_no_rows_and_no_columns_have_no_products() -> None:
    nobody = sp.csr_array((0, 3), dtype=np.float32)

    assert Overlaps.with_rows_of(nobody)(random_grades(1, users=2, items=3)).shape == (2, 0)
    assert Overlaps.with_rows_of(nobody)(nobody).shape == (0, 0)
