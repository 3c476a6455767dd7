"""Facts of films, as much as the recommender needs of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.recommender.arrays import BoolArray, FloatArray, IntArray

Features = frozenset[str]
Number = TypeVar("Number", bound=np.number[Any])


@dataclass(frozen=True)
class Catalogue:
    """Films in ascending order of id, with parallel facts; what is not known is empty or 0.

    `features` are "group:value" with the groups genre, keyword, cast, director, decade, language
    and company. `vote_counts` and `vote_averages` (0-10) float32[items] are TMDb's, `years`
    int32[items]. `related` are, for films that have any, the ids that TMDb recommends after it,
    best first; they need not be in the catalogue.
    """

    item_ids: IntArray
    features: Sequence[Features]
    vote_counts: FloatArray
    vote_averages: FloatArray
    years: IntArray
    related: Mapping[int, Sequence[int]]

    def on_items(self, item_ids: IntArray) -> Self:
        """Exactly these films, in this order; those that are not in the catalogue know nothing."""
        rows = np.searchsorted(self.item_ids, item_ids)
        rows = np.minimum(rows, max(self.item_ids.size - 1, 0))
        known = self.item_ids[rows] == item_ids if self.item_ids.size else np.zeros(len(rows), bool)
        nothing: Features = frozenset()
        return type(self)(
            item_ids=item_ids,
            features=[
                self.features[row] if is_known else nothing
                for row, is_known in zip(rows.tolist(), known.tolist(), strict=True)
            ],
            vote_counts=_taken(self.vote_counts, rows, known),
            vote_averages=_taken(self.vote_averages, rows, known),
            years=_taken(self.years, rows, known),
            related={key: self.related[key] for key in item_ids.tolist() if key in self.related},
        )

    def of_group(self, group: str) -> list[Features]:
        """The values of one group, film by film: `of_group("genre")`."""
        prefix = f"{group}:"
        return [
            frozenset(name.removeprefix(prefix) for name in each if name.startswith(prefix))
            for each in self.features
        ]


def _taken(values: NDArray[Number], rows: IntArray, known: BoolArray) -> NDArray[Number]:
    if not values.size:
        return np.zeros(rows.size, values.dtype)
    return np.where(known, values[rows], values.dtype.type(0))
