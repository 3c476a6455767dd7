"""What every model can do: it is fitted, scores viewers, explains a score, and is plain arrays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from numpy.typing import NDArray

from services.recommender.arrays import FloatArray, IntArray
from services.recommender.catalogue import Catalogue
from services.recommender.interactions import Interactions
from services.recommender.viewers import Viewers


class TooLargeError(ValueError):
    """The data are more than a model may be trained on; another one has to be."""


@dataclass(frozen=True)
class TrainingSet:
    """What a model may learn from.

    `interactions.matrix` holds scores of 1-10; a film without any is cold: in the item axis, known
    only by the `catalogue`, whose rows are those of the item axis. `ages` float64[entries], in the
    order of `interactions.matrix.data`, are days before the newest event; None where the data have
    no times. `graded` says whether the scores tell more than that a film was liked.
    """

    interactions: Interactions
    graded: bool = False
    ages: FloatArray | None = None
    catalogue: Catalogue | None = None


@dataclass(frozen=True)
class Explanation:
    """One viewer's scores of some films, taken apart: contributions and constants add up to them.

    `items` int[k] are the films as columns of the item axis, `inputs` int[n] those of the viewer's
    profile. `contributions` float64[k, n] is what each of the latter adds to each of the former.
    `constants` float64[k] by name are what no film of the profile adds, such as a normalisation.
    """

    items: IntArray
    inputs: IntArray
    contributions: FloatArray
    constants: Mapping[str, FloatArray]

    def totals(self) -> FloatArray:
        """The scores, float64[k]."""
        total: FloatArray = self.contributions.sum(axis=1)
        for constant in self.constants.values():
            total = total + constant
        return total


class Model(Protocol):
    """A trained model over the sorted, unique `item_ids`, the item axis of all its arrays."""

    @property
    def item_ids(self) -> IntArray: ...

    def scores(self, viewers: Viewers) -> FloatArray:
        """float[viewers, items], finite, the greater the better; films of a profile included."""
        ...

    def explain(self, viewer: Viewers, items: IntArray) -> Explanation:
        """The scores of `items` for the only viewer of `viewer`, taken apart."""
        ...

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays to store with `numpy.save`; scalars and texts become 0-d arrays."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The inverse of `to_arrays`; arrays may be read-only memory maps and are not copied."""
        ...


Fit = Callable[[TrainingSet], Model]
