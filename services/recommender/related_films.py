"""What TMDb recommends to whoever liked a film: the edges of its own lists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from services.recommender import curves
from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.entries import read_stored, stored
from services.recommender.model import Explanation, TrainingSet
from services.recommender.viewers import Viewers
from services.recommender.weights import UNARY, GradeCurve


@dataclass(frozen=True)
class RelatedFilmsSettings:
    """`curve` says what a film of the viewer's counts by its score; of bad ones nothing follows.

    The edge to the film at rank 0, 1, 2 ... of a list weighs 1 / log2(rank + 2). It leads back,
    from the film in the list to that whose list it is, at `backward` of its weight.
    """

    curve: GradeCurve = UNARY
    backward: float = 0.5


BINARY = RelatedFilmsSettings()
GRADED = RelatedFilmsSettings(curve=GradeCurve((0.0, 0.0, 0.3, 1.0, 1.2)))


@dataclass(frozen=True, eq=False)
class RelatedFilms:
    """`edges` float32[items, items] lead from films of a viewer to films for them."""

    item_ids: IntArray
    edges: SparseArray
    curve: GradeCurve

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]; 0 for a film that no edge leads to."""
        scores: FloatArray = (viewers.weighted(self.curve) @ self.edges).toarray()
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """Each film of the profile adds its weight times that of its edge."""
        profile = viewer.weighted(self.curve)
        added = self.edges[profile.indices][:, items].toarray().astype(np.float64)
        return Explanation(items, profile.indices, added.T * profile.data, {})

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        return {
            "item_ids": self.item_ids,
            **stored(self.edges),
            "curve": curves.to_array(self.curve),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        item_ids = np.asarray(arrays["item_ids"])
        edges = read_stored(arrays, (item_ids.size, item_ids.size))
        return cls(item_ids, edges, curves.from_array(arrays["curve"]))


def fit_related_films(
    training_set: TrainingSet, settings: RelatedFilmsSettings | None = None
) -> RelatedFilms:
    """Learns from nobody's events; without a catalogue no film leads to another."""
    chosen = settings or (GRADED if training_set.graded else BINARY)
    item_ids = training_set.interactions.item_ids
    edges = edges_of(training_set.catalogue, item_ids, backward=chosen.backward)
    return RelatedFilms(item_ids, edges, chosen.curve)


def edges_of(
    catalogue: Catalogue | None,
    item_ids: IntArray,
    *,
    backward: float = RelatedFilmsSettings.backward,
) -> SparseArray:
    """float32[items, items]: TMDb's edges between these films, both ways."""
    return _both_ways(_edges(catalogue, item_ids), backward)


def _edges(catalogue: Catalogue | None, item_ids: IntArray) -> SparseArray:
    """Weights from the film whose list it is (row) to those in it; a film is not its own."""
    places = {item: place for place, item in enumerate(item_ids.tolist())}
    found = np.array([*_ranked_pairs(catalogue, places)], np.int64).reshape(-1, 3)
    source, target, rank = found.T
    weights = (1 / np.log2(rank + 2)).astype(np.float32)
    return sp.csr_array((weights, (source, target)), shape=(len(places), len(places)))


def _ranked_pairs(
    catalogue: Catalogue | None, places: Mapping[int, int]
) -> Iterator[tuple[int, int, int]]:
    """Places of a film and of one in its list, with its rank there; of equal ones the first."""
    related = catalogue.related if catalogue else {}
    for item in sorted(related.keys() & places.keys()):
        for rank, other in enumerate(dict.fromkeys(related[item])):
            if other in places and other != item:
                yield places[item], places[other], rank


def _both_ways(edges: SparseArray, backward: float) -> SparseArray:
    both = sp.csr_array(edges + edges.T * np.float32(backward))
    both.sort_indices()
    return both
