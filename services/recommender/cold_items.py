"""Scores of films that hardly anybody rated yet, guessed from what a catalogue knows of them.

A model of the rated films is fitted first. Then its scores, whoever they are for, are regressed on
the films' coordinates (features, votes and years) by one ridge: the same linear map from scores of
rated films to taste for each coordinate, and by that to scores of all films. This is kernel ridge
regression on content with as many outputs as there are viewers, solved once. The guesses are on
the base model's scale and vary less than its scores, as they should: bringing both to the same
deviation puts cold films where they are rarely found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from services.recommender.arrays import FloatArray, IntArray, SparseArray
from services.recommender.blend import Blend, fit_blend
from services.recommender.catalogue import Catalogue
from services.recommender.content_vectors import content_vectors
from services.recommender.explanations import added, mapped
from services.recommender.features import of_several
from services.recommender.film_facts import plain_facts
from services.recommender.interactions import Interactions
from services.recommender.kinds import KINDS, kind_of
from services.recommender.model import Explanation, Fit, Model, TrainingSet
from services.recommender.nested_arrays import under, within
from services.recommender.principal_directions import principal_directions
from services.recommender.viewers import Viewers

BASES: Mapping[str, type[Model]] = MappingProxyType({**KINDS, "blend": Blend})

_BASE = "base"
# Rated films explained at once: 2,048 for a profile of 1,000 films are 16 MB in float64, and a
# kernel of 10,000 users takes 160 MB more for them.
_BLOCK = 2_048


@dataclass(frozen=True)
class ColdItemSettings:
    """`dimensions` of features are kept, found in `iterations` from a start that `seed` draws.

    `feature_ridge` and `fact_ridge` are the penalties of the regression. In it a film with n events
    counts n / (n + `support`). One with fewer than `enough` events takes as much of its score from
    the base model and the rest from its coordinates; the others keep the base model's score.
    """

    dimensions: int = 256
    iterations: int = 4
    seed: int = 0
    feature_ridge: float = 0.25
    fact_ridge: float = 5.0
    support: float = 10.0
    enough: int = 5


@dataclass(frozen=True, eq=False)
class ColdItems:
    """`base` scores the rated films, at the positions `rated` of the item axis.

    Those at the positions `guessed`, ascending, are also guessed: scores s of the base model become
    (s · taste) · coordinatesᵀ, `taste` float32[rated films, d], `coordinates` float32[guessed, d].
    `trust` float32[guessed] is the part of their scores that comes from the base model instead.
    """

    item_ids: IntArray
    base: Model
    rated: IntArray
    taste: FloatArray
    guessed: IntArray
    coordinates: FloatArray
    trust: FloatArray

    def scores(self, viewers: Viewers) -> FloatArray:
        """float32[viewers, items]."""
        return self.carried(self.base.scores(self._of_base(viewers)))

    def carried(self, known: FloatArray) -> FloatArray:
        """From values of the rated films, [rows, rated films], those of all: float32[rows, items].

        Any values will do that the films' coordinates tell something of, such as popularity.
        """
        known = known.astype(np.float32, copy=False)
        values = np.zeros((len(known), self.item_ids.size), np.float32)
        values[:, self.rated] = known
        if self.guessed.size:
            guesses: FloatArray = (known @ self.taste) @ self.coordinates.T
            guesses *= 1 - self.trust
            values[:, self.guessed] *= self.trust
            values[:, self.guessed] += guesses
        return values

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """What the base model's explanation becomes by the same linear map."""
        if not self.rated.size:
            return Explanation(items, np.zeros(0, np.intp), np.zeros((items.size, 0)), {})
        asked = self._of_base(viewer)
        own = self._explain_rated(asked, items)
        places = positions(self.guessed, self.item_ids.size)[items]
        if not (places >= 0).any():
            return own
        taste = self._explain_taste(asked)
        shares = mapped(taste, self._shares_of_taste(places).T, items)
        return added(own, replace(shares, inputs=own.inputs))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of the base model stand among them under names of their own."""
        return {
            "item_ids": self.item_ids,
            "rated": self.rated,
            "taste": self.taste,
            "guessed": self.guessed,
            "coordinates": self.coordinates,
            "trust": self.trust,
            "base_kind": np.asarray(kind_of(self.base, BASES)),
            **under(_BASE, self.base.to_arrays()),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        base = BASES[str(arrays["base_kind"])]
        return cls(
            item_ids=np.asarray(arrays["item_ids"]),
            base=base.from_arrays(within(_BASE, arrays)),
            rated=np.asarray(arrays["rated"]),
            taste=np.asarray(arrays["taste"]),
            guessed=np.asarray(arrays["guessed"]),
            coordinates=np.asarray(arrays["coordinates"]),
            trust=np.asarray(arrays["trust"]),
        )

    def _of_base(self, viewers: Viewers) -> Viewers:
        """The same viewers with their events on rated films alone, on the base model's axis."""
        grades, decay = viewers.grades, viewers.decay
        columns = positions(self.rated, self.item_ids.size)[grades.indices]
        kept = columns >= 0
        pointers = np.concatenate([[0], np.cumsum(kept)])[grades.indptr]
        shape = (len(viewers), self.rated.size)
        return Viewers(
            sp.csr_array((grades.data[kept], columns[kept], pointers), shape=shape),
            None if decay is None else decay[kept],
        )

    def _explain_rated(self, asked: Viewers, items: IntArray) -> Explanation:
        """What the base model itself adds to each of `items`; nothing to those not rated."""
        places = positions(self.rated, self.item_ids.size)[items]
        explained = self.base.explain(asked, np.maximum(places, 0))
        trust = np.where(places >= 0, self._trust[items], 0)
        return Explanation(
            items,
            self.rated[explained.inputs],
            explained.contributions * trust[:, None],
            {name: each * trust for name, each in explained.constants.items()},
        )

    @property
    def _trust(self) -> FloatArray:
        """Of all films, float64[items]."""
        trust = np.ones(self.item_ids.size)
        trust[self.guessed] = self.trust
        return trust

    def _shares_of_taste(self, places: IntArray) -> FloatArray:
        """What each coordinate adds to films by their places among the guessed, float64[films, d].

        A place below 0 is that of a film which is not guessed.
        """
        shares = self.coordinates[places].astype(np.float64) * (1 - self.trust[places])[:, None]
        return np.where(places[:, None] >= 0, shares, 0)

    def _explain_taste(self, asked: Viewers) -> Explanation:
        """The viewer's taste for each coordinate, in the place of films, taken apart."""
        dimensions = np.arange(self.taste.shape[1])
        blocks = (
            np.arange(start, min(start + _BLOCK, self.rated.size))
            for start in range(0, self.rated.size, _BLOCK)
        )
        explained = (
            mapped(self.base.explain(asked, films), self.taste[films], dimensions)
            for films in blocks
        )
        return reduce(added, explained)


def fit_cold_items(
    training_set: TrainingSet,
    settings: ColdItemSettings | None = None,
    *,
    base: Fit = fit_blend,
) -> ColdItems:
    """Without a catalogue films that nobody rated get the mean of the rated ones."""
    interactions = training_set.interactions
    counts = np.bincount(interactions.matrix.indices, minlength=interactions.item_ids.size)
    rated = np.flatnonzero(counts)
    model = base(_on_columns(training_set, rated))
    catalogue = training_set.catalogue
    return extend(model, interactions.item_ids, counts[rated], catalogue, settings)


def extend(
    base: Model,
    item_ids: IntArray,
    events: IntArray,
    catalogue: Catalogue | None,
    settings: ColdItemSettings | None = None,
) -> ColdItems:
    """`base`, which knows some of the films of `item_ids`, carried to all of them.

    `events` int[films of the base model] are how many each of these has; the rows of the catalogue
    are `item_ids`. Raises ValueError where the base model knows other films.
    """
    chosen = settings or ColdItemSettings()
    rated = np.flatnonzero(np.isin(item_ids, base.item_ids))
    if not np.array_equal(item_ids[rated], base.item_ids):
        raise ValueError("the base model knows films that are not among those to be scored")
    counts = np.zeros(item_ids.size, np.int64)
    counts[rated] = events
    trust = (counts / (counts + chosen.support)).astype(np.float32)
    coordinates, penalties = _coordinates(item_ids.size, catalogue, chosen)
    guessed = np.flatnonzero(counts < chosen.enough)
    return ColdItems(
        item_ids=item_ids,
        base=base,
        rated=rated,
        taste=_regression(coordinates[rated], trust[rated], penalties),
        guessed=guessed,
        coordinates=coordinates[guessed],
        trust=trust[guessed],
    )


def _coordinates(
    items: int, catalogue: Catalogue | None, settings: ColdItemSettings
) -> tuple[FloatArray, FloatArray]:
    """float32[items, d], and the penalty of each column, float64[d]."""
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
    indices = positions(columns, matrix.shape[1])[matrix.indices]
    shape = (matrix.shape[0], columns.size)
    kept: SparseArray = sp.csr_array((matrix.data, indices, matrix.indptr), shape=shape)
    return replace(
        training_set,
        interactions=Interactions(interactions.user_ids, item_ids, kept),
        catalogue=catalogue and catalogue.on_items(item_ids),
    )


def positions(columns: IntArray, size: int) -> IntArray:
    """Where each of `size` columns is among the chosen ones; -1 where it is not."""
    places = np.full(size, -1, np.int32)
    places[columns] = np.arange(columns.size)
    return places
