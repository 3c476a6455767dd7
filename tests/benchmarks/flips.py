"""What readers notice of a roll back on a platform with 10,000 viewers.

`make bench-flips` (`ARGS=--small` to try) fills an empty platform by SQL, gives each viewer a list
in a second generation, and starts the web server as `make up` does. Some connections read lists,
each one request after the other, as other viewers each time: for a while with nothing else going
on, then for as long with an operator who goes to the other generation, waits a moment, and comes
back, over the API. The lists of the second generation have seen less of each viewer, so that every
flip writes every Taste: the worst case. At last this process flips alone, without readers and
without HTTP, to time the transaction itself. No workers run: they would be elsewhere.

It prints p50, p95 and the slowest read in milliseconds, of those in a flip's time and of all others
apart, the seconds of the flips, and last one JSON line.
"""

import argparse
import itertools
import json
import random
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

from tests.benchmarks.machine import describe_machine
from tests.benchmarks.sync import say
from tests.benchmarks.viewer_library.__main__ import SMALL, platform, set_up, terminate, version
from tests.benchmarks.viewer_library.drawing import Call, Drawing
from tests.benchmarks.viewer_library.filling import Sizes, fill
from tests.benchmarks.viewer_library.storm import promise
from tests.benchmarks.viewer_library.timing import send
from tests.benchmarks.viewer_library.viewer_rows import LIST_LENGTH, OPERATOR
from tests.flows.live import LivePlatform

READERS = 4
READING_VIEWERS = 1_000
ROUNDS = 3
SECONDS = 20.0
PAUSE_SECONDS = 0.5
FLIPS_ALONE = 20
FIRST = 1
_ADD_GENERATION = """
    INSERT INTO recommendations_generation (created_at, attempts, error, model_version_id, state,
        publish, activated_at, retired_at, shard_count, user_count, list_count, popular_movie_ids)
    SELECT now(), 0, '', model_version_id, 'retired', true, now(), now(), shard_count, user_count,
        list_count, popular_movie_ids
    FROM recommendations_generation WHERE id = %s RETURNING id
"""
_ADD_LISTS = f"""
    INSERT INTO recommendations_recommendationlist (user_id, generation_id, revision, movie_ids,
        scores, sources, because_movie_ids, because_shares, created_at)
    SELECT user_id, {{second}}, revision - 1,
        movie_ids[{LIST_LENGTH // 2 + 1}:] || movie_ids[:{LIST_LENGTH // 2}],
        scores, sources, because_movie_ids, because_shares, now()
    FROM recommendations_recommendationlist WHERE generation_id = {FIRST}
"""  # noqa: S608  # constants of this module
_GENERATIONS = """
    SELECT generation_id, count(*) FROM recommendations_recommendationlist
    WHERE id = ANY(%s) GROUP BY generation_id
"""


@dataclass(frozen=True, slots=True)
class Span:
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    def meets(self, other: "Span") -> bool:
        return self.began < other.ended and other.began < self.ended


@dataclass(frozen=True, slots=True)
class Read:
    span: Span
    list_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reads:
    """How many, and their milliseconds."""

    count: int
    p50: float
    p95: float
    slowest: float

    @classmethod
    def of(cls, reads: Sequence[Read]) -> "Reads":
        ms = [1000 * read.span.seconds for read in reads]
        promise(len(ms) > 1, "there are reads of each kind: let it run for longer")
        return cls(
            count=len(ms),
            p50=round(statistics.median(ms), 1),
            p95=round(statistics.quantiles(ms, n=20, method="inclusive")[18], 1),
            slowest=round(max(ms), 1),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Flips:
    """How many, and their seconds."""

    count: int
    median: float
    slowest: float

    @classmethod
    def of(cls, flips: Sequence[Span]) -> "Flips":
        seconds = [flip.seconds for flip in flips]
        return cls(
            count=len(seconds),
            median=round(statistics.median(seconds), 3),
            slowest=round(max(seconds), 3),
        )


@dataclass
class Bench:
    url: str
    readers: Sequence[Sequence[Mapping[str, str]]]
    operator: Mapping[str, str]
    # The generations to go to, in turn; the active one is the last.
    targets: Iterator[int]
    seconds: float
    undisturbed: list[Read] = field(default_factory=list)
    disturbed: list[Read] = field(default_factory=list)
    flips: list[Span] = field(default_factory=list)

    def warm_up(self) -> None:
        self._read_while(lambda until: time.sleep(until - time.perf_counter()), seconds=1)

    def round(self) -> None:
        self.undisturbed += self._read_while(
            lambda until: time.sleep(until - time.perf_counter()), seconds=self.seconds
        )
        self.disturbed += self._read_while(self._flip, seconds=self.seconds)

    def in_flips(self) -> list[Read]:
        return [read for read in self.disturbed if any(map(read.span.meets, self.flips))]

    def between_flips(self) -> list[Read]:
        return [read for read in self.disturbed if not any(map(read.span.meets, self.flips))]

    def _read_while(self, act: Callable[[float], None], *, seconds: float) -> list[Read]:
        until = time.perf_counter() + seconds
        with ThreadPoolExecutor(len(self.readers)) as pool:
            reading = [pool.submit(read_on, self.url, each, until=until) for each in self.readers]
            act(until)
        return [read for each in reading for read in each.result()]

    def _flip(self, until: float) -> None:
        session = requests.Session()
        while time.perf_counter() < until:
            call = Call(
                method="POST",
                path="ops/generations/roll-back/",
                body={"generation": next(self.targets)},
                headers=self.operator,
            )
            began = time.perf_counter()
            send(session, self.url, call)
            self.flips.append(Span(began, time.perf_counter()))
            time.sleep(PAUSE_SECONDS)


def read_on(url: str, viewers: Sequence[Mapping[str, str]], *, until: float) -> list[Read]:
    """Every read must find a list: an answer of popular films would be a reader who lost theirs."""
    session, reads = requests.Session(), []
    for headers in itertools.cycle(viewers):
        began = time.perf_counter()
        if began >= until:
            break
        response = send(session, url, Call(method="GET", path="recommendations/", headers=headers))
        span = Span(began, time.perf_counter())
        list_id = response.json()["list_id"]
        promise(list_id is not None, "whoever has a list reads one")
        reads.append(Read(span, list_id))
    return reads


def flip_alone(targets: Iterator[int]) -> list[Span]:
    """The transaction, in this process and with nobody reading."""
    from django.utils import timezone

    from apps.recommendations import publishing

    spans = []
    for generation_id in itertools.islice(targets, FLIPS_ALONE):
        began = time.perf_counter()
        publishing.roll_back(at=timezone.now(), generation_id=generation_id)
        spans.append(Span(began, time.perf_counter()))
    return spans


def add_generation(live: LivePlatform) -> int:
    """Another that was active before, with a list of every viewer."""
    (second,) = live.row(_ADD_GENERATION, FIRST)
    live.execute(_ADD_LISTS.format(second=second))
    live.execute("VACUUM ANALYZE recommendations_recommendationlist")
    return int(second)


def measure(
    live: LivePlatform, sizes: Sizes, *, readers: int, rounds: int, seconds: float
) -> dict[str, Any]:
    rows = fill(live.database_url, sizes)
    second = add_generation(live)
    live.start()
    set_up(live)
    draw = Drawing(live.database_url, sizes, random.Random(6))
    viewers = [draw.bearer(draw.viewer_id()) for _ in range(min(READING_VIEWERS, sizes.users // 2))]
    bench = Bench(
        live.url,
        [viewers[number::readers] for number in range(readers)],
        draw.bearer(OPERATOR),
        itertools.cycle((second, FIRST)),
        seconds,
    )
    bench.warm_up()
    for _ in range(rounds):
        bench.round()
    alone = Flips.of(flip_alone(bench.targets))
    reads = {
        "nothing else": Reads.of(bench.undisturbed),
        "between flips": Reads.of(bench.between_flips()),
        "in a flip": Reads.of(bench.in_flips()),
    }
    flips = {"requests, with readers": Flips.of(bench.flips), "transactions, alone": alone}
    show(reads, flips)
    list_ids = [read.list_id for read in bench.disturbed]
    read_of = dict(live.rows(_GENERATIONS, list_ids))
    promise(set(read_of) == {FIRST, second}, f"both generations were read: {read_of}")
    return {
        "rows": rows | {"lists": 2 * rows["lists"]},
        "readers": readers,
        "reads_ms": {name: asdict(each) for name, each in reads.items()},
        "flip_seconds": {name: asdict(each) for name, each in flips.items()},
    }


def show(reads: Mapping[str, Reads], flips: Mapping[str, Flips]) -> None:
    say(f"{'Reads':24} {'count':>7} {'p50':>8} {'p95':>8} {'slowest':>8}  ms")
    for name, read in reads.items():
        say(f"{name:24} {read.count:7,} {read.p50:8.1f} {read.p95:8.1f} {read.slowest:8.1f}")
    say(f"{'Flips':24} {'count':>7} {'median':>8} {'slowest':>17}  s")
    for name, flip in flips.items():
        say(f"{name:24} {flip.count:7,} {flip.median:8.3f} {flip.slowest:17.3f}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-flips", description=__doc__)
    parser.add_argument("--films", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--ratings", type=int, default=1_000_000)
    parser.add_argument("--readers", type=int, default=READERS, help="connections that read")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of a round, without flips and with them"
    )
    parser.add_argument("--small", action="store_true", help="to try it out")
    options = parser.parse_args(arguments)
    if options.small:
        sizes = {name: SMALL[name] for name in ("films", "users", "ratings")}
        vars(options).update(sizes | {"rounds": 1, "seconds": 4.0})
    return options


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, terminate)
    sizes = Sizes(films=options.films, users=options.users, ratings=options.ratings)
    with platform(None) as live:
        result = measure(
            live,
            sizes,
            readers=options.readers,
            rounds=options.rounds,
            seconds=options.seconds,
        )
        result |= {"postgres": version(live), "machine": describe_machine()}
    say(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
