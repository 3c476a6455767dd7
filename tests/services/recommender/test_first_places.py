import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.recommender.first_places import first_places, overlaps

LISTS = st.lists(st.lists(st.integers(1, 30), unique=True, max_size=12), min_size=1, max_size=6)


@given(LISTS, LISTS)
def test_overlaps_are_those_of_sets(ones: list[list[int]], others: list[list[int]]) -> None:
    count, places = min(len(ones), len(others)), 5
    pairs = list(zip(ones[:count], others[:count], strict=True))

    shares = overlaps(
        first_places([np.array(one, np.int32) for one, _ in pairs], places=places),
        first_places([np.array(other, np.int32) for _, other in pairs], places=places),
    )

    for share, (one, other) in zip(shares.tolist(), pairs, strict=True):
        longer = max(len(one[:places]), len(other[:places]))
        common = len({*one[:places]} & {*other[:places]})
        assert np.isnan(share) if not longer else share == common / longer
