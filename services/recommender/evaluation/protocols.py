"""The protocols by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc
from types import MappingProxyType

from services.recommender.evaluation.cold_items import split_cold_items
from services.recommender.evaluation.leave_one_out import split_leave_one_out
from services.recommender.evaluation.new_users import KNOWN, split_new_users
from services.recommender.evaluation.splits import SplitEvents
from services.recommender.evaluation.strong import split_graded, split_strong, split_strong_graded
from services.recommender.evaluation.time_order import split_time

RANKING = ("recall@20", "recall@50", "ndcg@10", "ndcg@100")
AMONG_SAMPLES = ("hit@10", "ndcg@10")
# Stored beside figures: one more whenever the same data may give others than before.
REVISION = 1
HISTORY_LENGTHS = (0, 1, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Protocol:
    """A way to split events.

    `metrics` are those of accuracy that it is published with, `history_lengths` where the steps of
    its learning curve start. One that is not `seeded` makes the same split of all seeds.
    """

    name: str
    split: SplitEvents
    metrics: tuple[str, ...] = RANKING
    history_lengths: tuple[int, ...] = HISTORY_LENGTHS
    seeded: bool = True

    @property
    def definition(self) -> str:
        return cleandoc(self.split.__doc__ or "")


_ALL = (
    Protocol("strong", split_strong),
    Protocol("strong-graded", split_strong_graded),
    Protocol("graded", split_graded),
    Protocol("time", split_time, seeded=False),
    Protocol("new-users", split_new_users, history_lengths=KNOWN),
    Protocol("cold-items", split_cold_items),
    Protocol("leave-one-out-100", split_leave_one_out, metrics=AMONG_SAMPLES),
)
PROTOCOLS: Mapping[str, Protocol] = MappingProxyType({each.name: each for each in _ALL})
