"""What the pipeline has to know of the films, beside their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender.arrays import BoolArray, FloatArray, IntArray
from services.recommender.catalogue import Catalogue, Features
from services.recommender.content_vectors import content_vectors
from services.recommender.features import incidence
from services.recommender.model import TrainingSet
from services.recommender.principal_directions import principal_directions
from services.recommender.weights import TRAINING, UNARY

from .diversity import DIMENSIONS, co_rating_vectors

_ITERATIONS = 3


@dataclass(frozen=True, eq=False)
class Films:
    """Facts along a model's item axis.

    `popularity` float32[items] is the sum of what events weigh, 0 where there are none; `vectors`
    float32[items, dimensions] have co-rating cosines as inner products; `genres` bool[items,
    genres] and `years` int32[items], 0 where unknown, come from the catalogue.
    """

    item_ids: IntArray
    popularity: FloatArray
    vectors: FloatArray
    genres: BoolArray
    years: IntArray

    @classmethod
    def of(cls, training_set: TrainingSet, *, dimensions: int = DIMENSIONS) -> Self:
        events = training_set.interactions
        weights = (TRAINING if training_set.graded else UNARY)(events.matrix.data)
        columns = events.item_ids.size
        catalogue = training_set.catalogue
        return cls(
            item_ids=events.item_ids,
            popularity=np.bincount(events.matrix.indices, weights, columns).astype(np.float32),
            vectors=co_rating_vectors(events.matrix, dimensions=dimensions),
            genres=_genres(catalogue) if catalogue else np.zeros((columns, 0), bool),
            years=catalogue.years if catalogue else np.zeros(columns, np.int32),
        )

    @classmethod
    def of_catalogue(
        cls, catalogue: Catalogue, *, popularity: FloatArray, dimensions: int = DIMENSIONS
    ) -> Self:
        """Films of which few events are known: alike are those of like facts."""
        facts = content_vectors(catalogue.features)
        return cls(
            item_ids=catalogue.item_ids,
            popularity=popularity,
            vectors=principal_directions(facts, dimensions, iterations=_ITERATIONS, seed=0),
            genres=_genres(catalogue),
            years=catalogue.years,
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays to store with `numpy.save`."""
        return {
            "item_ids": self.item_ids,
            "popularity": self.popularity,
            "vectors": self.vectors,
            "genres": self.genres,
            "years": self.years,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        names = ("item_ids", "popularity", "vectors", "genres", "years")
        return cls(**{name: np.asarray(arrays[name]) for name in names})


def genre_matrix(genres: Sequence[Features]) -> BoolArray:
    """bool[items, genres] from those of each film, genres in the order of their names."""
    _, matrix = incidence(genres)
    return matrix.toarray() > 0


def _genres(catalogue: Catalogue) -> BoolArray:
    return genre_matrix(catalogue.of_group("genre"))
