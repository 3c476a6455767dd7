"""Scores of films that nobody rated yet, guessed from what a catalogue knows of them.

A model of the rated films is fitted first. Then its scores, whoever they are for, are regressed on
the films' coordinates (features, votes and years) by one ridge: the same linear map from scores of
rated films to taste for each coordinate, and by that to scores of all films. This is kernel ridge
regression on content with as many outputs as there are viewers, solved once. The guesses are on
the base model's scale and vary less than its scores, as they should: bringing both to the same
deviation puts cold films where they are rarely found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from services.recommender import local_ridge
from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.content_vectors import content_vectors
from services.recommender.features import of_several
from services.recommender.film_facts import plain_facts
from services.recommender.interactions import Interactions
from services.recommender.kinds import KINDS, kind_of
from services.recommender.model import Explanation, Fit, Model, TrainingSet
from services.recommender.nested_arrays import under, within
from services.recommender.principal_directions import principal_directions
from services.recommender.viewers import Viewers

_BASE = "base"
# Rated films explained at once: 2,048 for a profile of 1,000 films are 16 MB in float64.
_BLOCK = 2_048


@dataclass(frozen=True)
class ColdItemSettings:
    """`dimensions` of features are kept, found in `iterations` from a start that `seed` draws.

    `feature_ridge` and `fact_ridge` are the penalties of the regression. A film with n events takes
    n / (n + `support`) of its score from the base model and the rest from its coordinates; by as
    much it counts in the regression.
    """

    dimensions: int = 256
    iterations: int = 4
    seed: int = 0
    feature_ridge: float = 0.25
    fact_ridge: float = 5.0
    support: float = 10.0


@dataclass(frozen=True, eq=False)
class ColdItems:
    """`base` scores the rated films, at the positions `rated` of the item axis.

    Scores s of the base model become (s · taste) · coordinatesᵀ: `taste` float32[rated films, d],
    `coordinates` float32[items, d]. `trust` float32[items] is the part of a film's score that comes
    from the base model instead.
    """

    item_ids: IntArray
    base: Model
    rated: IntArray
    taste: FloatArray
    coordinates: FloatArray
    trust: FloatArray

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        known = self.base.scores(self._of_base(viewers)).astype(np.float32, copy=False)
        scores: FloatArray = (known @ self.taste) @ self.coordinates.T
        scores *= 1 - self.trust
        scores[:, self.rated] += known * self.trust[self.rated]
        return scores

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """What the base model's explanation becomes by the same linear map."""
        if not self.rated.size:
            return Explanation(items, np.zeros(0, np.intp), np.zeros((items.size, 0)), {})
        asked = self._of_base(viewer)
        own = self._explain_rated(asked, items)
        tastes = self._explain_taste(asked)
        shares = self.coordinates[items].astype(np.float64) * (1 - self.trust[items])[:, None]
        return Explanation(
            items,
            self.rated[tastes.inputs],
            own.contributions + shares @ tastes.contributions,
            {name: own.constants[name] + shares @ each for name, each in tastes.constants.items()},
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of the base model stand among them under names of their own."""
        return {
            "item_ids": self.item_ids,
            "rated": self.rated,
            "taste": self.taste,
            "coordinates": self.coordinates,
            "trust": self.trust,
            "base_kind": np.asarray(kind_of(self.base)),
            **under(_BASE, self.base.to_arrays()),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        base = KINDS[str(arrays["base_kind"])]
        return cls(
            item_ids=np.asarray(arrays["item_ids"]),
            base=base.from_arrays(within(_BASE, arrays)),
            rated=np.asarray(arrays["rated"]),
            taste=np.asarray(arrays["taste"]),
            coordinates=np.asarray(arrays["coordinates"]),
            trust=np.asarray(arrays["trust"]),
        )

    def _of_base(self, viewers: Viewers) -> Viewers:
        """The same viewers with their events on rated films alone, on the base model's axis."""
        grades, decay = viewers.grades, viewers.decay
        columns = _positions(self.rated, self.item_ids.size)[grades.indices]
        kept = columns >= 0
        pointers = np.concatenate([[0], np.cumsum(kept)])[grades.indptr]
        shape = (len(viewers), self.rated.size)
        return Viewers(
            sp.csr_array((grades.data[kept], columns[kept], pointers), shape=shape),
            None if decay is None else decay[kept],
        )

    def _explain_rated(self, asked: Viewers, items: IntArray) -> Explanation:
        """What the base model itself adds to each of `items`; nothing to those not rated."""
        places = _positions(self.rated, self.item_ids.size)[items]
        explained = self.base.explain(asked, np.maximum(places, 0))
        trust = np.where(places >= 0, self.trust[items], 0).astype(np.float64)
        return replace(
            explained,
            contributions=explained.contributions * trust[:, None],
            constants={name: each * trust for name, each in explained.constants.items()},
        )

    def _explain_taste(self, asked: Viewers) -> Explanation:
        """The viewer's taste for each coordinate, in the place of films, taken apart."""
        dimensions = np.arange(self.taste.shape[1])
        total = Explanation(dimensions, np.zeros(0, np.intp), np.zeros((dimensions.size, 0)), {})
        for start in range(0, self.rated.size, _BLOCK):
            films = np.arange(start, min(start + _BLOCK, self.rated.size))
            part = _mapped(self.base.explain(asked, films), self.taste[films])
            total = part if start == 0 else _sum(total, part)
        return total


def fit_cold_items(
    training_set: TrainingSet,
    settings: ColdItemSettings | None = None,
    *,
    base: Fit = local_ridge.fit,
) -> ColdItems:
    """Without a catalogue films that nobody rated get the mean of the rated ones."""
    chosen = settings or ColdItemSettings()
    interactions = training_set.interactions
    counts = np.bincount(interactions.matrix.indices, minlength=interactions.item_ids.size)
    rated = np.flatnonzero(counts)
    trust = (counts / (counts + chosen.support)).astype(np.float32)
    coordinates, penalties = _coordinates(training_set, chosen)
    return ColdItems(
        item_ids=interactions.item_ids,
        base=base(_on_columns(training_set, rated)),
        rated=rated,
        taste=_regression(coordinates[rated], trust[rated], penalties),
        coordinates=coordinates,
        trust=trust,
    )


def _coordinates(
    training_set: TrainingSet, settings: ColdItemSettings
) -> tuple[FloatArray, FloatArray]:
    """float32[items, d], and the penalty of each column, float64[d]."""
    items = training_set.interactions.item_ids.size
    catalogue = training_set.catalogue
    if catalogue is None:
        return np.ones((items, 1), np.float32), np.array([settings.fact_ridge])
    directions = principal_directions(
        of_several(content_vectors(catalogue.features)),
        settings.dimensions,
        iterations=settings.iterations,
        seed=settings.seed,
    )
    facts = plain_facts(catalogue)
    penalties = np.repeat(
        [settings.feature_ridge, settings.fact_ridge], [directions.shape[1], facts.shape[1]]
    )
    return np.concatenate([directions, facts], axis=1), penalties


def _regression(coordinates: FloatArray, trust: FloatArray, penalties: FloatArray) -> FloatArray:
    """T C (Cᵀ T C + penalties)⁻¹ for the rated films' coordinates C and trust T."""
    weighted = coordinates * trust[:, None]
    system = (weighted.T @ coordinates).astype(np.float64) + np.diag(penalties)
    return np.linalg.solve(system, weighted.T.astype(np.float64)).T.astype(np.float32)


def _on_columns(training_set: TrainingSet, columns: IntArray) -> TrainingSet:
    """The same events on the only columns that have any."""
    interactions, catalogue = training_set.interactions, training_set.catalogue
    matrix = interactions.matrix
    item_ids = interactions.item_ids[columns]
    indices = _positions(columns, matrix.shape[1])[matrix.indices]
    shape = (matrix.shape[0], columns.size)
    kept: SparseArray = sp.csr_array((matrix.data, indices, matrix.indptr), shape=shape)
    return replace(
        training_set,
        interactions=Interactions(interactions.user_ids, item_ids, kept),
        catalogue=catalogue and catalogue.on_items(item_ids),
    )


def _positions(columns: IntArray, size: int) -> IntArray:
    """Where each of `size` columns is among the chosen ones; -1 where it is not."""
    positions = np.full(size, -1, np.int32)
    positions[columns] = np.arange(columns.size)
    return positions


def _mapped(explained: Explanation, weights: FloatArray) -> Explanation:
    """Sums of the explained films by the columns of `weights`."""
    by_column = weights.T.astype(np.float64)
    return Explanation(
        np.arange(len(by_column)),
        explained.inputs,
        by_column @ explained.contributions,
        {name: by_column @ each for name, each in explained.constants.items()},
    )


def _sum(one: Explanation, other: Explanation) -> Explanation:
    return replace(
        one,
        contributions=one.contributions + other.contributions,
        constants={name: each + other.constants[name] for name, each in one.constants.items()},
    )
