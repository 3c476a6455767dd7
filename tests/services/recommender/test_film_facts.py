import numpy as np
import pytest

from services.recommender.catalogue import Catalogue
from services.recommender.film_facts import plain_facts


def catalogue_of(*, votes: list[float], averages: list[float], years: list[int]) -> Catalogue:
    return Catalogue(
        item_ids=np.arange(len(votes)),
        features=[frozenset[str]()] * len(votes),
        vote_counts=np.array(votes, np.float32),
        vote_averages=np.array(averages, np.float32),
        years=np.array(years, np.int32),
        related={},
    )


def test_facts_are_zero_where_nothing_is_known() -> None:
    catalogue = catalogue_of(votes=[99, 0, 9, 9], averages=[5, 0, 5, 5], years=[2000, 0, 1960, 0])

    facts = plain_facts(catalogue)

    assert facts[:, :2].tolist() == [[1, 1], [1, 0], [1, 1], [1, 1]]
    assert facts[1, 1:].tolist() == [0] * 8
    assert facts[[0, 2, 3], 2] == pytest.approx([2**0.5, -(2**-0.5), -(2**-0.5)], rel=1e-5)
    assert facts[:, 5].tolist() == [0, 0, 0, 0]
    assert facts[:, 7].tolist() == [1, 0, -1, 0]


def test_averages_that_differ_by_rounding_alone_are_no_quality() -> None:
    catalogue = catalogue_of(votes=[1, 20, 300, 3], averages=[6.7] * 4, years=[1990] * 4)

    assert plain_facts(catalogue)[:, 5].tolist() == [0, 0, 0, 0]
