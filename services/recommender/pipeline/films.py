"""What the pipeline has to know of the films, beside their scores."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender.arrays import BoolArray, FloatArray, IntArray, SparseArray
from services.recommender.catalogue import Catalogue
from services.recommender.cold_items import ColdItems
from services.recommender.content_vectors import content_vectors
from services.recommender.entries import read_stored, stored
from services.recommender.features import incidence
from services.recommender.model import TrainingSet
from services.recommender.nested_arrays import under, within
from services.recommender.principal_directions import principal_directions
from services.recommender.related_films import edges_of
from services.recommender.weights import TRAINING, UNARY

from .diversity import DIMENSIONS, co_rating_vectors

_ITERATIONS = 3
_RELATED = "related"


@dataclass(frozen=True, eq=False)
class Films:
    """Facts along a model's item axis.

    `events` int32[items] are how many there are of each; `popularity` float32[items] is the sum of
    what they weigh, or a guess of it; `vectors` float32[items, dimensions] have co-rating cosines
    as inner products. `genres` bool[items, genres], `years` int32[items], 0 where unknown, and
    `related` float32[items, items], the edges from films of a viewer to those that TMDb recommends
    with them, come from the catalogue.
    """

    item_ids: IntArray
    events: IntArray
    popularity: FloatArray
    vectors: FloatArray
    genres: BoolArray
    years: IntArray
    related: SparseArray

    @classmethod
    def of(cls, training_set: TrainingSet, *, dimensions: int = DIMENSIONS) -> Self:
        events = training_set.interactions
        weights = (TRAINING if training_set.graded else UNARY)(events.matrix.data)
        columns = events.item_ids.size
        catalogue = training_set.catalogue
        return cls(
            item_ids=events.item_ids,
            events=np.bincount(events.matrix.indices, minlength=columns).astype(np.int32),
            popularity=np.bincount(events.matrix.indices, weights, columns).astype(np.float32),
            vectors=co_rating_vectors(events.matrix, dimensions=dimensions),
            genres=_genres(catalogue) if catalogue else np.zeros((columns, 0), bool),
            years=catalogue.years if catalogue else np.zeros(columns, np.int32),
            related=edges_of(catalogue, events.item_ids),
        )

    @classmethod
    def of_catalogue(
        cls,
        catalogue: Catalogue,
        *,
        events: IntArray,
        popularity: FloatArray,
        dimensions: int = DIMENSIONS,
    ) -> Self:
        """Films of which few events are known: alike are those of like facts."""
        facts = content_vectors(catalogue.features)
        return cls(
            item_ids=catalogue.item_ids,
            events=events,
            popularity=popularity,
            vectors=principal_directions(facts, dimensions, iterations=_ITERATIONS, seed=0),
            genres=_genres(catalogue),
            years=catalogue.years,
            related=edges_of(catalogue, catalogue.item_ids),
        )

    def carried(self, cold: ColdItems, catalogue: Catalogue) -> Self:
        """Facts of all films of `cold` from those of its rated films.

        What only events tell is guessed as scores are; rows of the catalogue are all films.
        """
        events = np.zeros(cold.item_ids.size, np.int32)
        events[cold.rated] = self.events
        return replace(
            self,
            item_ids=cold.item_ids,
            events=events,
            popularity=np.maximum(cold.carried(self.popularity[None])[0], 0),
            vectors=np.ascontiguousarray(cold.carried(self.vectors.T).T),
            genres=_genres(catalogue),
            years=catalogue.years,
            related=edges_of(catalogue, cold.item_ids),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays to store with `numpy.save`."""
        return {
            "item_ids": self.item_ids,
            "events": self.events,
            "popularity": self.popularity,
            "vectors": self.vectors,
            "genres": self.genres,
            "years": self.years,
            **under(_RELATED, stored(self.related)),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        names = ("item_ids", "events", "popularity", "vectors", "genres", "years")
        items = arrays["item_ids"].size
        return cls(
            **{name: np.asarray(arrays[name]) for name in names},
            related=read_stored(within(_RELATED, arrays), (items, items)),
        )


def _genres(catalogue: Catalogue) -> BoolArray:
    """bool[items, genres], genres in the order of their names."""
    _, matrix = incidence(catalogue.of_group("genre"))
    return matrix.toarray() > 0
