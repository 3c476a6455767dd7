"""What a published model version is: what scores films, and what lists need to know of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.recommender.arrays import BoolArray, IntArray
from services.recommender.blend import Blend
from services.recommender.catalogue import Catalogue
from services.recommender.cold_items import ColdItems, extend
from services.recommender.item_model import CONTENT_PROFILE, ItemModel
from services.recommender.nested_arrays import under, within
from services.recommender.pipeline.films import Films
from services.recommender.pipeline.links import Links
from services.recommender.pipeline.sources import Source

BLEND = "blend"
SERVED_KINDS = (BLEND, CONTENT_PROFILE)

_SCORER, _FILMS, _LINKS, _KIND = "scorer", "films", "links", "kind"


@dataclass(frozen=True, eq=False)
class ServedModel:
    """`scorer` is a blend carried to films without ratings, or a content profile; `films` are the
    facts of its item axis and `links` what speaks for each of these films.
    """

    scorer: ColdItems | ItemModel
    films: Films
    links: Links

    def __post_init__(self) -> None:
        if not np.array_equal(self.scorer.item_ids, self.films.item_ids):
            raise ValueError("the scorer knows other films than those that facts are of")

    @classmethod
    def of_blend(cls, blend: Blend, films: Films, catalogue: Catalogue) -> Self:
        """`films` are those that the blend knows, the catalogue has these and any others.

        Raises ValueError for a blend without an item model, of which reasons are made.
        """
        cold = extend(blend, catalogue.item_ids, films.events, catalogue)
        return cls(cold, films.carried(cold, catalogue), Links.carried(_item_model(blend), cold))

    @classmethod
    def of_content(cls, model: ItemModel, films: Films) -> Self:
        return cls(model, films, Links.of(model))

    @property
    def kind(self) -> str:
        """One of SERVED_KINDS."""
        return self.scorer.kind if isinstance(self.scorer, ItemModel) else BLEND

    @property
    def item_ids(self) -> IntArray:
        """Ascending."""
        return self.films.item_ids

    @property
    def backed_by(self) -> Source:
        """The source of films with ratings for which the viewer's taste speaks."""
        return Source.PERSONAL if self.kind == BLEND else Source.SIMILAR

    def locate(self, item_ids: IntArray) -> tuple[IntArray, BoolArray]:
        """Column of each id and whether the model knows it; a column means nothing where not."""
        if not self.item_ids.size:
            return np.zeros(item_ids.size, np.intp), np.zeros(item_ids.size, bool)
        columns = np.searchsorted(self.item_ids, item_ids)
        np.minimum(columns, self.item_ids.size - 1, out=columns)
        return columns, self.item_ids[columns] == item_ids

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of all three under their names; `kind` is a 0-d text array."""
        return {
            _KIND: np.asarray(self.kind),
            **under(_SCORER, self.scorer.to_arrays()),
            **under(_FILMS, self.films.to_arrays()),
            **under(_LINKS, self.links.to_arrays()),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied.

        Raises KeyError for a missing array and ValueError for an unknown kind.
        """
        kind = str(arrays[_KIND])
        if kind not in SERVED_KINDS:
            raise ValueError(f"unknown kind of model {kind!r}; known are {', '.join(SERVED_KINDS)}")
        scorer = ColdItems if kind == BLEND else ItemModel
        return cls(
            scorer=scorer.from_arrays(within(_SCORER, arrays)),
            films=Films.from_arrays(within(_FILMS, arrays)),
            links=Links.from_arrays(within(_LINKS, arrays)),
        )


def _item_model(blend: Blend) -> ItemModel:
    """The part that tells which films of a viewer speak for a film."""
    for part in blend.parts:
        if isinstance(part.model, ItemModel):
            return part.model
    raise ValueError("a blend without an item model gives no reasons")
