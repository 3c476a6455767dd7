"""The protocols by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc
from types import MappingProxyType

from services.recommender.evaluation.splits import SplitEvents
from services.recommender.evaluation.strong import split_strong, split_strong_graded

RANKING = ("recall@20", "recall@50", "ndcg@10", "ndcg@100")


@dataclass(frozen=True)
class Protocol:
    """A way to split events, and the metrics of accuracy that it is published with."""

    name: str
    split: SplitEvents
    metrics: tuple[str, ...] = RANKING

    @property
    def definition(self) -> str:
        return cleandoc(self.split.__doc__ or "")


_ALL = (
    Protocol("strong", split_strong),
    Protocol("strong-graded", split_strong_graded),
)
PROTOCOLS: Mapping[str, Protocol] = MappingProxyType({each.name: each for each in _ALL})
