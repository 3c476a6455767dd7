"""What a published model version is: what scores films, and what lists need to know of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender.arrays import BoolArray, IntArray
from services.recommender.blend import Blend
from services.recommender.item_model import CONTENT_PROFILE, ItemModel
from services.recommender.nested_arrays import under, within
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.ranking import Source
from services.recommender.pipeline.reasons import Links

BLEND = "blend"
SERVED_KINDS = (BLEND, CONTENT_PROFILE)

_SCORER, _FILMS, _KIND = "scorer", "films", "kind"


@dataclass(frozen=True, eq=False)
class ServedModel:
    """`scorer` is a blend with local ridge among its parts, or a content profile; `films` are the
    facts of its item axis.
    """

    scorer: Blend | ItemModel
    films: Films

    def __post_init__(self) -> None:
        if not np.array_equal(self.scorer.item_ids, self.films.item_ids):
            raise ValueError("the scorer knows other films than those that facts are of")

    @property
    def kind(self) -> str:
        """One of SERVED_KINDS."""
        return BLEND if isinstance(self.scorer, Blend) else self.scorer.kind

    @property
    def item_ids(self) -> IntArray:
        """Ascending."""
        return self.films.item_ids

    @cached_property
    def item_model(self) -> ItemModel:
        """The part that tells which films of a viewer speak for a film."""
        if isinstance(self.scorer, ItemModel):
            return self.scorer
        return next(part.model for part in self.scorer.parts if isinstance(part.model, ItemModel))

    @cached_property
    def links(self) -> Links:
        return Links.of(self.item_model)

    @property
    def backed_by(self) -> Source:
        """The source of films for which the viewer's taste speaks."""
        return Source.PERSONAL if self.kind == BLEND else Source.SIMILAR

    def locate(self, item_ids: IntArray) -> tuple[IntArray, BoolArray]:
        """Column of each id and whether the model knows it; a column means nothing where not."""
        return self.item_model.locate(item_ids)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of both under `scorer.` and `films.`; `kind` is a 0-d text array."""
        return {
            _KIND: np.asarray(self.kind),
            **under(_SCORER, self.scorer.to_arrays()),
            **under(_FILMS, self.films.to_arrays()),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied.

        Raises KeyError for a missing array and ValueError for an unknown kind.
        """
        kind = str(arrays[_KIND])
        if kind not in SERVED_KINDS:
            raise ValueError(f"unknown kind of model {kind!r}; known are {', '.join(SERVED_KINDS)}")
        scorer = Blend if kind == BLEND else ItemModel
        return cls(
            scorer=scorer.from_arrays(within(_SCORER, arrays)),
            films=Films.from_arrays(within(_FILMS, arrays)),
        )
