"""Names for the array types of this package; shapes stand in the docstrings."""

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

IntArray: TypeAlias = NDArray[np.integer[Any]]
FloatArray: TypeAlias = NDArray[np.floating[Any]]
BoolArray: TypeAlias = NDArray[np.bool_]
SparseArray: TypeAlias = sp.csr_array[np.float32, tuple[int, int]]
