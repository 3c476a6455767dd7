"""Models on splits one after the other, so that what is finished is there whatever follows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.recommender.catalogue import Catalogue
from services.recommender.evaluation.events import RatedEvents
from services.recommender.evaluation.protocols import PROTOCOLS
from services.recommender.evaluation.results import Result, SeedResult
from services.recommender.evaluation.running import FitScorer, Part, Report, evaluate
from services.recommender.evaluation.splits import UnusableEventsError
from services.recommender.model import TooLargeError
from services.recommender.recency import RecencySettings

# Follows the name of a model to which older events of a viewer count less.
WITH_RECENCY = "+recency"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be evaluated on which events, by which protocol.

    With `recency` each model runs a second time by it, as `<model>+recency`.
    """

    events: RatedEvents
    catalogue: Catalogue | None
    protocol: str
    seeds: Sequence[int]
    models: Mapping[str, FitScorer]
    part: Part = "test"
    recency: RecencySettings | None = None

    def runs(self) -> list[tuple[int, str]]:
        """Seeds and models; a protocol that draws nothing needs one seed."""
        seeds = self.seeds if PROTOCOLS[self.protocol].seeded else self.seeds[:1]
        ways = ("",) if self.recency is None else ("", WITH_RECENCY)
        return [(seed, f"{model}{way}") for seed in seeds for model in self.models for way in ways]


@dataclass
class Finished:
    """What there is of the results so far, and why models and seeds were left out."""

    of_models: dict[str, list[SeedResult]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    left_out_seeds: dict[int, str] = field(default_factory=dict)

    def leaves_out(self, seed: int, model: str) -> bool:
        return seed in self.left_out_seeds or model in self.left_out

    def results(self) -> list[Result]:
        return [
            Result(model, each)
            for model, each in self.of_models.items()
            if model not in self.left_out
        ]


def run(
    plan: Plan, finished: Finished, *, clock: Callable[[], float], report: Report
) -> Iterator[tuple[int, str]]:
    """Run the plan into `finished`, and yield each seed and model that is done.

    A model that the data are too large for is left out, and so is a seed of which the protocol can
    make nothing.
    """
    for seed, model in plan.runs():
        if not finished.leaves_out(seed, model):
            try:
                result = _result(plan, seed, model, clock, report)
                finished.of_models.setdefault(model, []).extend(result.seeds)
            except (TooLargeError, MemoryError) as error:
                finished.left_out[model] = str(error) or "there is too little memory"
            except UnusableEventsError as error:
                finished.left_out_seeds[seed] = str(error)
        yield seed, model


def _result(
    plan: Plan, seed: int, model: str, clock: Callable[[], float], report: Report
) -> Result:
    return evaluate(
        plan.events,
        {model: plan.models[model.removesuffix(WITH_RECENCY)]},
        protocol=plan.protocol,
        seeds=[seed],
        clock=clock,
        catalogue=plan.catalogue,
        choose_on=plan.part,
        recency={model: plan.recency} if plan.recency and model.endswith(WITH_RECENCY) else {},
        report=report,
    )[0]
