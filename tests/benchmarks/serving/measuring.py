"""The measurements of `make bench-serving`, in their order."""

import json
import statistics
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.storm import promise

from .asking import answer_of, differences, request_of, send_load
from .load import Job, Measured
from .servers import ORDINARY, OURS, SETTLE_SECONDS, Running, Way, running, server_of

CONNECTIONS = 16
MANY_CONNECTIONS = 200
COMPARED = 100
TRIALS = 2
WARM_UP_S = 1.0
# Bodies of both ways differ at most by this share.
MOST_BYTES_APART = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Lengths:
    rounds: int
    seconds: float
    trial_seconds: float
    warm_seconds: float
    many_seconds: float
    memory_requests: int


@dataclass
class Rounds:
    """What a way did in each round at 16 connections, and on one."""

    parallel: list[Measured] = field(default_factory=list)
    sequential: list[Measured] = field(default_factory=list)

    def rates(self) -> list[float]:
        return [each.requests_per_second for each in self.parallel]

    def sequential_p50s(self) -> list[float]:
        return [each.p50_ms for each in self.sequential]


@dataclass
class Bench:
    environment: Mapping[str, str]
    folder: Path
    tokens: list[str]
    lengths: Lengths

    def measure(self, names: Sequence[str]) -> dict[str, Any]:
        result = self.compare()
        best = {way.name: self.best_of(way, names) for way in (OURS, ORDINARY)}
        with ExitStack() as stack:
            ours, ordinary = (
                stack.enter_context(
                    running(server_of(best[way.name]), way, self.environment, self.folder)
                )
                for way in (OURS, ORDINARY)
            )
            result |= self.take_turns(ours, ordinary)
            result |= self.not_modified(ours)
            result |= self.many(ours)
            result |= self.memory(ours)
        return result | {"settings": best}

    def compare(self) -> dict[str, Any]:
        """Whether both ways tell the same in as many bytes, of some of the viewers."""
        tokens = self.tokens[:COMPARED]
        server = server_of("gthread 1x2")
        bodies = {}
        for way in (OURS, ORDINARY):
            with running(server, way, self.environment, self.folder) as found:
                bodies[way.name] = [answer_of(found.port, token)[0] for token in tokens]
        for pair in zip(bodies["ours"], bodies["ordinary"], strict=True):
            apart = differences(*(json.loads(body) for body in pair))
            promise(not apart, f"both ways tell the same: {apart[:1]}")
        sizes = [statistics.median(len(body) for body in each) for each in bodies.values()]
        promise(
            abs(sizes[0] / sizes[1] - 1) <= MOST_BYTES_APART, f"both tell as many bytes: {sizes}"
        )
        say(f"{len(tokens)} answers of both ways tell the same, in {sizes} bytes at the median.")
        return {
            "compared": len(tokens),
            "body_bytes": round(sizes[0]),
            "baseline_body_bytes": round(sizes[1]),
        }

    def best_of(self, way: Way, names: Sequence[str]) -> str:
        rates: dict[str, list[float]] = {name: [] for name in names}
        for trial in range(TRIALS):
            for name in names if trial % 2 == 0 else reversed(names):
                with running(server_of(name), way, self.environment, self.folder) as found:
                    measured = self.load(
                        found,
                        seconds=self.lengths.trial_seconds,
                        warm_up=min(SETTLE_SECONDS, self.lengths.warm_seconds),
                    )
                rates[name].append(measured.requests_per_second)
        say(f"\n{way.name + ', settings':24} {'requests/s at 16 connections'}")
        for name, each in rates.items():
            say(f"{name:24} {statistics.mean(each):8.1f}   ({', '.join(map(str, each))})")
        return max(rates, key=lambda name: statistics.mean(rates[name]))

    def take_turns(self, ours: Running, ordinary: Running) -> dict[str, Any]:
        rounds = {"ours": Rounds(), "ordinary": Rounds()}
        order = [("ours", ours), ("ordinary", ordinary)]
        for name, server in order:
            cold = self.load(server, seconds=self.lengths.warm_seconds, warm_up=0)
            say(f"{name}, from its start on: {cold.requests_per_second} requests/s")
        say(
            f"\n{'round':9} {'way':10} {'requests/s':>10}"
            f" {'p50':>8} {'p95':>8} {'p99':>8} {'one':>8}"
        )
        for number in range(self.lengths.rounds):
            for name, server in order if number % 2 == 0 else reversed(order):
                seconds = self.lengths.seconds
                parallel = self.load(server, seconds=seconds, seed=number)
                one = self.load(server, connections=1, seconds=seconds / 2, seed=number)
                rounds[name].parallel.append(parallel)
                rounds[name].sequential.append(one)
                say(
                    f"{number + 1:<9} {name:10} {parallel.requests_per_second:10.1f}"
                    f" {parallel.p50_ms:8.2f} {parallel.p95_ms:8.2f} {parallel.p99_ms:8.2f}"
                    f" {one.p50_ms:8.3f} ms"
                )
        return summary(rounds["ours"], rounds["ordinary"])

    def not_modified(self, ours: Running) -> dict[str, Any]:
        """Nothing while no answer has an ETag."""
        answers = [(token, answer_of(ours.port, token)[1]) for token in self.tokens[:COMPARED]]
        requests = [request_of(token, etag=etag) for token, etag in answers if etag]
        if not requests:
            say("\nNo answer has an ETag: 304 is not measured.")
            return {"not_modified_p50_ms": None}
        medians = []
        for number in range(self.lengths.rounds):
            seconds = self.lengths.seconds / 2
            measured = self.load(
                ours, requests=requests, connections=1, seconds=seconds, seed=number
            )
            promise(set(measured.statuses) == {"304"}, f"all is unchanged: {measured.statuses}")
            medians.append(measured.p50_ms)
        say(f"\n304 on one connection: {spread(medians)} ms")
        return {
            "not_modified_p50_ms": statistics.median(medians),
            "not_modified_p50_ms_rounds": medians,
        }

    def many(self, ours: Running) -> dict[str, Any]:
        measured = self.load(ours, connections=MANY_CONNECTIONS, seconds=self.lengths.many_seconds)
        say(f"\n{MANY_CONNECTIONS} connections: {asdict(measured)}")
        promise(not measured.errors, f"every request is answered: {measured.errors}")
        return {f"connections_{MANY_CONNECTIONS}": asdict(measured)}

    def memory(self, ours: Running) -> dict[str, Any]:
        before = ours.memory()
        self.load(ours, count=self.lengths.memory_requests)
        after = ours.memory()
        count = self.lengths.memory_requests
        say(f"\nMemory before {count:,} requests and after: {before}, {after}")
        return {
            "memory": {
                "requests": self.lengths.memory_requests,
                "before": before,
                "after": after,
            }
        }

    def load(
        self,
        server: Running,
        *,
        requests: list[str] | None = None,
        connections: int = CONNECTIONS,
        seconds: float = 0.0,
        warm_up: float = WARM_UP_S,
        count: int = 0,
        seed: int = 0,
    ) -> Measured:
        return send_load(
            Job(
                port=server.port,
                requests=requests or [request_of(token) for token in self.tokens],
                connections=connections,
                seconds=seconds,
                warm_up=0.0 if count else warm_up,
                count=count,
                seed=seed,
            )
        )


def summary(ours: Rounds, ordinary: Rounds) -> dict[str, Any]:
    """Medians of the rounds; ratios are those of rounds, whose two parts ran side by side."""
    rates = list(zip(ours.rates(), ordinary.rates(), strict=True))
    p50s = list(zip(ours.sequential_p50s(), ordinary.sequential_p50s(), strict=True))
    rate_ratios = [round(one / other, 2) for one, other in rates]
    p50_ratios = [round(one / other, 4) for one, other in p50s]
    say(f"\nRequests/s: {spread(ours.rates())}, ordinary {spread(ordinary.rates())}")
    say(f"Ratio of requests/s: {spread(rate_ratios)}; of sequential p50: {spread(p50_ratios)}")
    return {
        "requests_per_second": statistics.median(ours.rates()),
        "baseline_requests_per_second": statistics.median(ordinary.rates()),
        "requests_per_second_ratio": statistics.median(rate_ratios),
        "sequential_p50_ms": statistics.median(ours.sequential_p50s()),
        "baseline_sequential_p50_ms": statistics.median(ordinary.sequential_p50s()),
        "sequential_ratio": statistics.median(p50_ratios),
        "p50_ms": statistics.median(each.p50_ms for each in ours.parallel),
        "p95_ms": statistics.median(each.p95_ms for each in ours.parallel),
        "p99_ms": statistics.median(each.p99_ms for each in ours.parallel),
        "baseline_p99_ms": statistics.median(each.p99_ms for each in ordinary.parallel),
        "requests_per_second_ratio_rounds": rate_ratios,
        "sequential_ratio_rounds": p50_ratios,
        "rounds": {
            "ours": [asdict(each) for each in ours.parallel],
            "ordinary": [asdict(each) for each in ordinary.parallel],
        },
    }


def spread(values: Sequence[float]) -> str:
    return f"{round(statistics.median(values), 4)} ({min(values)} to {max(values)})"
